"""Show rows of a file as they will be read, with what is wrong with them at the cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from customers.exceptions import ImportFileRemoved, UnusableFile
from customers.imports.columns import LEFT_OUT, OTHER_PHONES, Columns
from customers.imports.drafts import PATIENCE
from customers.imports.jobs import reading_of
from customers.imports.reading import rows_of
from customers.imports.rows import Person, Rejection, RowReader
from customers.models import ImportJob, ImportRejection
from lib.errors import DomainError
from lib.tabular import Row, Table, TableError, open_table

ROWS = 20
_SHOWN_AS_READ = ("email", "phone", "timezone", "language")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it stands; `reads_as` where it is stored in another form; `problem` where it is at fault."""

    text: str
    reads_as: str = ""
    problem: str = ""
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """A row as people see it. `problem` is what rejects it, `at` the field it is about, "" for the row as a whole."""

    number: int
    cells: Sequence[Cell]
    problem: str = ""
    at: str = ""


def sample_values(*, job: ImportJob, most: int = 3) -> dict[str, list[str]]:
    """Return the first values of each column that are not blank, by header. Raises UnusableFile, ImportFileRemoved."""
    samples: dict[str, list[str]] = {header: [] for header in job.headers}
    with _opened(job) as table:
        for row in islice(rows_of(table), ROWS):
            for header, text in row.values.items():
                if text and len(samples[header]) < most:
                    samples[header].append(text)
    return samples


def preview_rows(*, job: ImportJob, most: int = ROWS) -> list[PreviewedRow]:
    """Return the first rows of a job's file that are not blank, as they would be read. Writes nothing.

    Raises UnusableFile, InvalidMapping, ImportFileRemoved.
    """
    reading = reading_of(job)
    with _opened(job) as table:
        reader = reading.reader_for(table.headers)
        rows = islice((row for row in rows_of(table) if not row.is_blank), most)
        return [_previewed(row, reader, job.mapping) for row in rows]


@contextmanager
def _opened(job: ImportJob) -> Iterator[Table]:
    if not job.file:
        raise ImportFileRemoved
    try:
        with job.file.open("rb") as stored, open_table(stored, job.filename, PATIENCE) as table:
            yield table
    except TableError as error:
        raise UnusableFile(str(error)) from error
    except FileNotFoundError:
        raise ImportFileRemoved from None


def preview_rejections(*, job: ImportJob, most: int = ROWS) -> list[PreviewedRow]:
    """Return the first rows a run of the job rejected."""
    columns = _columns_then(job)
    found = []
    for rejection in ImportRejection.objects.filter(job=job).order_by("row")[:most]:
        at_fault = _at_fault(columns, rejection.field) if columns else ()
        named = zip(job.headers, rejection.values, strict=False)
        cells = [Cell(text, problem=rejection.message if header in at_fault else "") for header, text in named]
        found.append(PreviewedRow(rejection.row, cells, rejection.message, rejection.field))
    return found


def _columns_then(job: ImportJob) -> Columns | None:
    """Return what the columns of a job were taken for; None where its custom fields have changed too much since."""
    try:
        return reading_of(job).columns_of(job.headers)
    except DomainError:
        return None


def _previewed(row: Row, reader: RowReader, mapping: Mapping[str, Any]) -> PreviewedRow:
    left_out = mapping.get(LEFT_OUT, ())
    result = reader.read(row)
    if isinstance(result, Rejection):
        at_fault = _at_fault(reader.columns, result.field)
        cells = [
            Cell(text, problem=result.message if header in at_fault else "", is_left_out=header in left_out)
            for header, text in row.values.items()
        ]
        return PreviewedRow(row.number, cells, result.message, result.field)
    read = _read_forms(reader.columns, result)
    return PreviewedRow(
        row.number,
        [
            Cell(text, read[header] if read.get(header, text) != text else "", is_left_out=header in left_out)
            for header, text in row.values.items()
        ],
    )


def _read_forms(columns: Columns, person: Person) -> dict[str, str]:
    """Return ``{header: stored form}`` of what is stored in another form than people write."""
    forms = {
        columns.fields[field]: getattr(person.data, field) or "" for field in _SHOWN_AS_READ if field in columns.fields
    }
    if "country" in columns.fields:
        forms[columns.fields["country"]] = str(person.data.custom_fields.get("country", ""))
    return forms


def _at_fault(columns: Columns, field: str) -> set[str]:
    """Return the headers of the columns `field` is read from."""
    if field == OTHER_PHONES:
        return set(columns.other_phones)
    named = {header for header, key in columns.custom.items() if key == field}
    return named | ({columns.fields[field]} if field in columns.fields else set())
