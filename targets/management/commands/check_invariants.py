from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from lib.terminal import terminal
from targets.invariants import check_against_provider, check_invariants, meaning

SHOWN = 5


class Command(BaseCommand):
    help = (
        "Check what must always hold: nobody contacted twice, at a wrong hour, after an opt-out or beyond a limit;"
        " nothing stuck; every figure true. Exits with 1 if anything is broken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--simulator-log", type=Path, help="also compare with what the simulator really did")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        results = check_invariants()
        if options["simulator_log"]:
            try:
                results |= check_against_provider(lambda: placed_calls(options["simulator_log"]))
            except OSError as error:
                raise CommandError(f"the simulator's log cannot be read: {error.strerror}") from error
        broken = {name: rows for name, rows in results.items() if rows}
        if options["json"]:
            self.stdout.write(
                json.dumps({name: [list(map(str, row)) for row in rows] for name, rows in results.items()})
            )
        else:
            self._print(results)
        if broken:
            sys.exit(1)

    def _print(self, results: dict[str, list[tuple[Any, ...]]]) -> None:
        table = Table("", "broken", "what would be wrong", "first of them", title="Invariants")
        for name, rows in sorted(results.items(), key=lambda item: (len(item[0]), item[0])):
            examples = "; ".join(" ".join(map(str, row)) for row in rows[:SHOWN])
            table.add_row(name, str(len(rows)), meaning(name), examples, style="red" if rows else None)
        terminal().print(table)


def placed_calls(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the simulator's record of every call it placed."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            fact = json.loads(line)
            if fact["fact"] == "call_placed":
                yield fact
