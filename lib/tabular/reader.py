"""Open an uploaded file as a table, by what its name says it is and what its first bytes say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath
from typing import IO

from lib.tabular.delimited import read_delimited
from lib.tabular.table import Limits, Table, TableError, TableErrorCode, table_from
from lib.tabular.workbook import read_workbook

_DELIMITED = frozenset({".csv", ".tsv", ".txt"})
_WORKBOOK = ".xlsx"
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_DEFAULT_LIMITS = Limits()


def is_workbook(filename: str) -> bool:
    """Say whether a file of this name is an Excel workbook."""
    return PurePath(filename).suffix.lower() == _WORKBOOK


@contextmanager
def open_table(
    source: str | os.PathLike[str] | IO[bytes], filename: str, limits: Limits = _DEFAULT_LIMITS
) -> Iterator[Table]:
    """Open a CSV file (any usual encoding and delimiter) or the first visible sheet of an Excel workbook (.xlsx).

    `source` is a path, or a seekable binary file that is read from its start and left open; `filename` is the name it
    was uploaded under. Rows are read while they are taken, so a CSV file of any length uses little memory.
    Raises TableError, also while rows are taken.
    """
    with ExitStack() as resources:
        file = source if not isinstance(source, str | os.PathLike) else resources.enter_context(Path(source).open("rb"))
        suffix = PurePath(filename).suffix.lower()
        _check(file, suffix, limits)
        records = read_workbook(file, limits.workbook_seconds) if is_workbook(filename) else read_delimited(file)
        resources.callback(records.close)
        yield table_from(records, limits)


def _check(file: IO[bytes], suffix: str, limits: Limits) -> None:
    """Refuse a file that is too large, or not what its name says. Leaves the file at its start."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(len(_ZIP))
    file.seek(0)
    if suffix not in _DELIMITED | {_WORKBOOK}:
        raise TableError(TableErrorCode.UNSUPPORTED, "Upload a CSV file (.csv) or an Excel workbook (.xlsx).")
    allowed = limits.max_workbook_bytes if suffix == _WORKBOOK else limits.max_bytes
    if size > allowed:
        raise TableError(TableErrorCode.TOO_LARGE, f"The file is larger than {allowed // 1_000_000} MB.")
    if start == _OLD_OFFICE:
        message = "The workbook is protected by a password or in an old format. Save it as a plain .xlsx or as CSV."
        raise TableError(TableErrorCode.UNSUPPORTED, message)
    if (start == _ZIP) != (suffix == _WORKBOOK):
        message = "The file is not what its name says. Save it again as CSV (.csv) or as an Excel workbook (.xlsx)."
        raise TableError(TableErrorCode.EMPTY if size == 0 else TableErrorCode.UNSUPPORTED, message)
