"""Read the CSV files and Excel workbooks people upload, and write such files that spreadsheets open safely."""

from lib.tabular.reader import is_workbook, open_table
from lib.tabular.table import Limits, Row, RowProblem, Table, TableError, TableErrorCode
from lib.tabular.writer import MOST_SHEET_ROWS, as_before, stream_csv_safe, stream_workbook, write_csv_safe

__all__ = [
    "MOST_SHEET_ROWS",
    "Limits",
    "Row",
    "RowProblem",
    "Table",
    "TableError",
    "TableErrorCode",
    "as_before",
    "is_workbook",
    "open_table",
    "stream_csv_safe",
    "stream_workbook",
    "write_csv_safe",
]
