"""Write CSV files and workbooks of which no spreadsheet mistakes a cell for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

# Spreadsheets skip spaces and quotation marks before a formula, and some read the wide forms of East Asian keyboards.
_FORMULA = re.compile(
    "[\\s'\"]*[=+\\-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}"
    "\N{FULLWIDTH COMMERCIAL AT}]|[\t\r]"
)


# Rows of a sheet, its header among them, and characters of a cell: more no spreadsheet opens.
MOST_SHEET_ROWS = 1_048_576
_LONGEST_SHEET_CELL = 32_767
_CUT = " … (cut: a cell of a sheet holds no more)"
_EXACT_INTEGERS = 2**53  # a sheet's number is a double: beyond this it loses digits
_CHUNK_BYTES = 64 * 1024


def write_csv_safe(file: IO[str], headers: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write what `stream_csv_safe` yields to a text file opened with ``newline=""``; return how many rows."""
    written = -1
    for written, line in enumerate(stream_csv_safe(headers, rows)):  # noqa: B007 - the number of the last line is wanted
        file.write(line)
    return written


def stream_csv_safe(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a header and rows as CSV, line by line.

    Every cell is quoted, None is empty, and a cell a spreadsheet could take for a formula gets an apostrophe in front,
    telephone numbers in E.164 among them: a spreadsheet shows those without it.
    """
    line = _Line()
    out = csv.writer(line, quoting=csv.QUOTE_ALL)
    for cells in chain([headers], rows):
        yield out.writerow([_neutral(cell) for cell in cells])


def stream_workbook(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield a header and rows as an Excel workbook of one sheet, whatever their number in little memory.

    Texts stay texts and are neither formulas, links nor numbers; numbers are numbers. The file is finished on disk
    before its first byte comes. At most `MOST_SHEET_ROWS` lines fit: a row more raises ValueError.
    """
    with TemporaryFile() as file:
        _write_workbook(file, headers, rows)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _write_workbook(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "use_zip64": True,  # a sheet's XML may be larger than 4 GB
    }
    with xlsxwriter.Workbook(file, options) as workbook:
        sheet = workbook.add_worksheet()
        sheet.freeze_panes(1, 0)
        for number, cells in enumerate(chain([headers], rows)):
            if number >= MOST_SHEET_ROWS:
                raise ValueError(f"a sheet has at most {MOST_SHEET_ROWS} rows")
            for column, cell in enumerate(cells):
                _write_cell(sheet, number, column, cell)


def _write_cell(sheet: Worksheet, row: int, column: int, cell: object) -> None:
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    if is_number and abs(cell) <= _EXACT_INTEGERS:  # type: ignore[arg-type]  # a number; it leaves out NaN, too
        sheet.write_number(row, column, cell)
    elif cell is not None and (text := str(cell)):
        if len(text) > _LONGEST_SHEET_CELL:
            text = text[: _LONGEST_SHEET_CELL - len(_CUT)] + _CUT
        sheet.write_string(row, column, text)


def as_before(cell: str) -> str:
    """Return what a cell of a file written here held before it was made safe."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


class _Line:
    """A file that hands each line back to whoever writes it."""

    def write(self, text: str) -> str:
        return text


def _neutral(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if _FORMULA.match(text) else text
