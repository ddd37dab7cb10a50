"""Read the records of an Excel workbook in a process of its own.

A workbook of two kilobytes may ask for terabytes: the parser lays out every cell up to the farthest one, and where
memory ends it aborts its whole process. So a child with little memory reads the workbook and hands over plain CSV.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import IO

from lib.tabular import workbook_to_csv
from lib.tabular.table import Record, TableError, TableErrorCode

_CHILD = [sys.executable, "-I", str(Path(workbook_to_csv.__file__))]
_DAMAGED = "The workbook is damaged or too large. Save the sheet as CSV and upload that."
_NO_SHEET = "The workbook has no visible sheet with cells."


def read_workbook(file: IO[bytes], seconds: int) -> Generator[Record]:
    """Yield the rows of the workbook's first visible sheet from its first row on. Raises TableError.

    `seconds` of processor time are enough for it, or it is given up.
    """
    child_with_limit = [*_CHILD, str(seconds)]
    with subprocess.Popen(
        child_with_limit, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            with suppress(BrokenPipeError), child.stdin as pipe:  # type: ignore[union-attr]  # both are pipes
                shutil.copyfileobj(file, pipe)
            lines = io.TextIOWrapper(child.stdout, encoding="utf-8", newline="")  # type: ignore[type-var]  # as above
            for cells in csv.reader(lines):
                yield cells, False
        except csv.Error:
            raise TableError(
                TableErrorCode.DAMAGED, "The workbook has a cell of more than 100,000 characters."
            ) from None
        finally:
            child.kill()
    if child.returncode == workbook_to_csv.EXIT_NO_SHEET:
        raise TableError(TableErrorCode.EMPTY, _NO_SHEET)
    if child.returncode != 0:
        raise TableError(TableErrorCode.DAMAGED, _DAMAGED)
