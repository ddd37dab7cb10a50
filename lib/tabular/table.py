"""Say what a table is, what can be wrong with one of its rows, and what makes a file unreadable as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

# A record as a format reads it: its cells, and whether a quotation mark swallowed the rest of the file.
Record = tuple[Sequence[str], bool]

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read. Sizes are bytes, cell lengths are characters."""

    max_bytes: int = 200_000_000
    max_workbook_bytes: int = 50_000_000  # compressed; a workbook is held in memory, a CSV file is not
    workbook_seconds: int = 120  # of processor time that reading a workbook may take
    max_rows: int = 1_000_000
    max_columns: int = 200
    max_cell_length: int = 10_000


class TableErrorCode(StrEnum):
    """Why nothing, or nothing more, can be read of a file."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    UNSUPPORTED = "unsupported"
    DAMAGED = "damaged"


class TableError(Exception):
    """Say what to do about a file that cannot be read. The message is for the person who uploaded it."""

    def __init__(self, code: TableErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class RowProblem(StrEnum):
    """Why the values of a row are not to be trusted."""

    UNCLOSED_QUOTE = "unclosed_quote"
    TOO_MANY_CELLS = "too_many_cells"
    NUL_CHARACTER = "nul_character"
    UNREADABLE_CHARACTERS = "unreadable_characters"
    CELL_TOO_LONG = "cell_too_long"

    @property
    def message(self) -> str:
        """Return what to tell the person who uploaded the file."""
        return _PROBLEM_MESSAGES[self]


_PROBLEM_MESSAGES = {
    RowProblem.UNCLOSED_QUOTE: "A quotation mark is never closed, so this row swallowed all that follow it.",
    RowProblem.TOO_MANY_CELLS: "This row has more cells than there are columns.",
    RowProblem.NUL_CHARACTER: "A cell contains a character that is not text.",
    RowProblem.UNREADABLE_CHARACTERS: "Some characters cannot be read. Save the file as UTF-8.",
    RowProblem.CELL_TOO_LONG: "A cell is too long.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. `number` counts as a spreadsheet does: blank rows too, from 1 at the top of the file.

    `values` has one text for each header, stripped, "" where the row is short.
    """

    number: int
    values: Mapping[str, str]
    problem: RowProblem | None = None

    @property
    def is_blank(self) -> bool:
        """Say whether no cell holds anything."""
        return not any(self.values.values()) and self.problem is None


@dataclass(frozen=True, slots=True)
class Table:
    """A table being read: unique headers, and rows that are read from the file as they are taken.

    Taking a row raises TableError where the file cannot be read any further.
    """

    headers: tuple[str, ...]
    rows: Iterator[Row]


def table_from(records: Iterator[Record], limits: Limits) -> Table:
    """Return the table whose header is the first record that is not blank. Raises TableError."""
    for number, (cells, _unclosed) in enumerate(records, start=1):
        if any(cell.strip() for cell in cells):
            headers = _headers(cells)
            if len(headers) > limits.max_columns:
                raise TableError(
                    TableErrorCode.TOO_MANY_COLUMNS, f"The file has more than {limits.max_columns} columns."
                )
            return Table(headers, _rows(records, headers, number + 1, limits))
    raise TableError(TableErrorCode.EMPTY, "The file is empty.")


def _headers(cells: Sequence[str]) -> tuple[str, ...]:
    """Return unique names: ``Column 3`` where a header is blank, ``Phone (2)`` where it comes a second time."""
    width = max(position for position, cell in enumerate(cells, start=1) if cell.strip())
    names, seen = [], Counter[str]()
    for position, cell in enumerate(cells[:width], start=1):
        name = " ".join(cell.replace("\0", "").split()) or f"Column {position}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _rows(records: Iterator[Record], headers: tuple[str, ...], first: int, limits: Limits) -> Iterator[Row]:
    for number, (cells, unclosed) in enumerate(records, start=first):
        if number - first >= limits.max_rows:
            message = f"The file has more than {limits.max_rows:,} rows. Split it into several files."
            raise TableError(TableErrorCode.TOO_MANY_ROWS, message)
        problem = RowProblem.UNCLOSED_QUOTE if unclosed else _problem(cells, len(headers), limits)
        texts = [cell.strip() for cell in cells[: len(headers)]]
        if problem is not None:
            texts = [text.replace("\0", "")[: limits.max_cell_length] for text in texts]
        texts.extend([""] * (len(headers) - len(texts)))
        yield Row(number, dict(zip(headers, texts, strict=True)), problem)


def _problem(cells: Sequence[str], width: int, limits: Limits) -> RowProblem | None:
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        return RowProblem.TOO_MANY_CELLS
    whole = "".join(cells)
    if "\0" in whole:
        return RowProblem.NUL_CHARACTER
    if REPLACEMENT in whole:
        return RowProblem.UNREADABLE_CHARACTERS
    if len(whole) > limits.max_cell_length and any(len(cell) > limits.max_cell_length for cell in cells):
        return RowProblem.CELL_TOO_LONG
    return None
