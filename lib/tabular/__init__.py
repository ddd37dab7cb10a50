"""Read the CSV files and Excel workbooks people upload, and write CSV files that spreadsheets open safely."""

from lib.tabular.reader import open_table
from lib.tabular.table import Limits, Row, RowProblem, Table, TableError, TableErrorCode
from lib.tabular.writer import as_before, stream_csv_safe, write_csv_safe

__all__ = [
    "Limits",
    "Row",
    "RowProblem",
    "Table",
    "TableError",
    "TableErrorCode",
    "as_before",
    "open_table",
    "stream_csv_safe",
    "write_csv_safe",
]
