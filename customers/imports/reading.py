"""Read a file as batches of people and rejected rows. Nothing here uses the database."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Any

from customers.exceptions import UnusableFile
from customers.imports.columns import Columns, is_returned, map_columns
from customers.imports.rows import Person, Rejection, RowReader
from customers.models import CustomField
from lib.tabular import Row, Table, TableError, as_before, open_table

BATCH_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Head:
    """What a file begins with: its headers, and what each column was taken for."""

    headers: tuple[str, ...]
    columns: Columns


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows of a file, checked. `committed` ones were imported by a run that was cut short."""

    rows: int
    last_row: int
    committed: bool
    people: Sequence[Person]
    rejections: Sequence[Rejection]

    @property
    def blank(self) -> int:
        return self.rows - len(self.people) - len(self.rejections)


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read one file. `region` is the country of numbers without one; `committed_up_to` is a row, 0 for none."""

    filename: str
    mapping: Mapping[str, Any]
    custom_fields: Sequence[CustomField]
    region: str | None
    committed_up_to: int

    def reader_for(self, headers: Sequence[str]) -> RowReader:
        """Return what reads the rows of a file with these headers. Raises InvalidMapping, UnusableFile."""
        types = {field.key: field.type for field in self.custom_fields}
        return RowReader(self.columns_of(headers), self.region, types)

    def columns_of(self, headers: Sequence[str]) -> Columns:
        """Return what each column is taken for. Raises InvalidMapping, UnusableFile."""
        labels = {field.key: field.label for field in self.custom_fields}
        return map_columns(headers, mapping=self.mapping, custom_fields=labels)


def read_file(source: IO[bytes], reading: Reading) -> Generator[Head | Batch]:
    """Yield the file's head, then its rows in batches. Raises UnusableFile, also after some batches, InvalidMapping."""
    try:
        with open_table(source, reading.filename) as table:
            reader = reading.reader_for(table.headers)
            yield Head(table.headers, reader.columns)
            yield from _batches(rows_of(table), reader, reading.committed_up_to)
    except TableError as error:
        raise UnusableFile(str(error)) from error


def rows_of(table: Table) -> Iterator[Row]:
    """Return the rows of a file; of one with rejected rows that has come back, with its cells as they first were."""
    return map(_as_before, table.rows) if is_returned(table.headers) else table.rows


def _as_before(row: Row) -> Row:
    return replace(row, values={header: as_before(cell) for header, cell in row.values.items()})


def _batches(rows: Iterator[Row], reader: RowReader, committed_up_to: int) -> Iterator[Batch]:
    while chunk := list(islice(rows, BATCH_ROWS)):
        before = [row for row in chunk if row.number <= committed_up_to]
        after = chunk[len(before) :]
        for part, committed in ((before, True), (after, False)):
            if part:
                yield _batch(part, reader, committed=committed)


def _batch(rows: Sequence[Row], reader: RowReader, *, committed: bool) -> Batch:
    results = [reader.read(row) for row in rows if not row.is_blank]
    people = [result for result in results if isinstance(result, Person)]
    rejections = [result for result in results if isinstance(result, Rejection)]
    return Batch(len(rows), rows[-1].number, committed, people, rejections)
