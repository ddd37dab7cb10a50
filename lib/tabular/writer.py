"""Write CSV files that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import IO

# Spreadsheets skip spaces and quotation marks before a formula, and some read the wide forms of East Asian keyboards.
_FORMULA = re.compile(
    "[\\s'\"]*[=+\\-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}"
    "\N{FULLWIDTH COMMERCIAL AT}]|[\t\r]"
)


def write_csv_safe(file: IO[str], headers: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a header and rows to a text file opened with ``newline=""``; return how many rows.

    Every cell is quoted, None is empty, and a cell a spreadsheet could take for a formula gets an apostrophe in front,
    telephone numbers in E.164 among them: a spreadsheet shows those without it.
    """
    out = csv.writer(file, quoting=csv.QUOTE_ALL)
    out.writerow([_neutral(header) for header in headers])
    written = 0
    for row in rows:
        out.writerow([_neutral(cell) for cell in row])
        written += 1
    return written


def stream_csv_safe(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the same file as `write_csv_safe` writes, line by line."""
    line = _Line()
    out = csv.writer(line, quoting=csv.QUOTE_ALL)
    for cells in chain([headers], rows):
        yield out.writerow([_neutral(cell) for cell in cells])


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
