from __future__ import annotations

import sys
from argparse import ArgumentParser
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from customers.management.suppression_arguments import add_owner_arguments, opened, owner_of
from customers.services.rules import Change
from customers.services.suppression_files import SuppressionImport
from lib.tabular import write_csv_safe
from organizations.management.answers import Answer, AnsweringCommand

_EXIT_SOME_REJECTED = 2


class Command(AnsweringCommand):
    help = (
        "Import a do-not-contact list from a CSV file or an Excel workbook: addresses, and where the file has them"
        " channel, reason and expires_at. Every rule binds the next contact at once. Importing again changes nothing."
        " Exits with 0 where every row is in force, with 2 where some were rejected, with 1 where the file is unusable."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="a .csv or .xlsx file with a header")
        add_owner_arguments(parser)
        parser.add_argument(
            "--rejected",
            type=Path,
            metavar="FILE",
            help="where to write the rows that were rejected, with the reason; if left out, beside the file",
        )
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self._rejected = 0
        super().handle(*args, **options)
        if self._rejected:
            sys.exit(_EXIT_SOME_REJECTED)

    def answer(self, options: dict[str, Any]) -> Answer:
        path: Path = options["file"]
        rejected: Path = options["rejected"] or path.with_name(f"{path.stem}.rejected.csv")
        if rejected.resolve() == path.resolve():
            raise CommandError("the rejected rows would overwrite the file they come from")
        run = SuppressionImport(owner_of(options), region=options["region"], column=options["column"])
        _run(run, path, rejected)
        self._rejected = run.rejected
        facts = {
            "rows": run.rows,
            "created": run.changes[Change.CREATED],
            "prolonged": run.changes[Change.PROLONGED],
            "already": run.changes[Change.ALREADY],
            "rejected": run.rejected,
            "blank": run.blank,
            "rejected_file": str(rejected) if run.rejected else None,
        }
        return Answer("Imported the list.", facts)


def _run(run: SuppressionImport, path: Path, rejected: Path) -> None:
    """Write the rejected rows while they come, which is what drives the import; leave no file where there are none."""
    try:
        with opened(path) as source, rejected.open("w", encoding="utf-8", newline="") as file:
            rows = run.run(source, path.name)
            first = next(rows, None)
            if first is not None:
                headers = ["Row", "Rejected because", *run.headers]
                write_csv_safe(file, headers, ([row.number, row.reason, *row.cells] for row in chain([first], rows)))
    except OSError as error:
        raise CommandError(f"{rejected}: {error.strerror}; what was imported before stays") from error
    if not run.rejected:
        rejected.unlink()
