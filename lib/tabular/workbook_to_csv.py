"""Turn the workbook on standard input into CSV on standard output. Run as a program of its own, by `workbook`, with
the seconds of processor time it may take.

It imports nothing of ours, so that it starts fast and runs isolated from the rest.
"""

from __future__ import annotations

import csv
import datetime
import io
import resource
import sys
from contextlib import suppress

EXIT_DAMAGED = 3
EXIT_NO_SHEET = 4

_MEMORY_BYTES = 2 << 30
_EXACT_INTEGERS = 2.0**53  # a cell's number is a double: beyond this it has lost digits


def text_of(cell: object) -> str:
    """Return a cell as people see it: whole numbers without a point, dates as ISO 8601."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT_INTEGERS:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time(0):
        return cell.date().isoformat()
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def main(processor_seconds: int) -> int:
    """Convert, within fixed memory and this much processor time. Returns the exit code."""
    with suppress(ValueError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        visible = [
            position
            for position, sheet in enumerate(workbook.sheets_metadata)
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        sheet = workbook.get_sheet_by_index(visible[0]) if visible else None
    except CalamineError:
        return EXIT_DAMAGED
    if sheet is None or sheet.start is None:
        return EXIT_NO_SHEET
    blank_columns = [""] * sheet.start[1]  # `iter_rows` begins at the first row, but at the first column in use
    out = csv.writer(io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline=""))
    out.writerows(blank_columns + [text_of(cell) for cell in row] for row in sheet.iter_rows())
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
