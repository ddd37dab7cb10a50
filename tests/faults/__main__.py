"""`python -m tests.faults [--size short|ci|long] [--only F3,F5] [--json FILE]`: break the running system, and judge it.

Prints a row for each fault, then one line that says whether every promise was kept. docs/faults.md explains both.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from tests.faults import suites
from tests.faults.sizes import ON_A_SYSTEM, SIZES, TESTED, Size
from tests.faults.system import System, load_by_others, running_system
from tests.faults.verdict import Verdict

_ROW = "{:<10} {:>6} {:>6} {:>5} {:>5} {:>5}  {:<7} {}"


@dataclass
class Result:
    """What the whole battery came to."""

    size: str
    load: float  # of the machine by others, per core, when it began
    rows: dict[str, Verdict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    caught: int = 0
    planted: int = 0

    @property
    def broken(self) -> dict[str, dict[str, int]]:
        """What was not kept, by fault."""
        return {name: verdict.broken for name, verdict in self.rows.items() if not verdict.ok}

    def last_line(self) -> str:
        """Return the sum of it all in one line."""
        if self.broken:
            what = "; ".join(f"{name}: {', '.join(promises)}" for name, promises in self.broken.items())
            return f"faults BROKEN: {what}"
        rows = self.rows.values()
        kills, dials = sum(row.kills for row in rows), sum(row.dials for row in rows)
        duplicates, lost = sum(row.duplicates for row in rows), sum(row.lost for row in rows)
        return (
            f"faults ok: {kills} kills, {dials} dials, {duplicates} duplicates, {lost} lost,"
            f" {self.caught}/{self.planted} seeded bugs caught"
        )


def main(arguments: Sequence[str]) -> int:
    """Run the battery; return 0 if every promise was kept, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Break the running system on purpose.")
    parser.add_argument("--size", choices=SIZES, default="ci")
    parser.add_argument("--only", type=_names, default=(), help="faults to run, such as F3,F5")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(arguments)
    size = SIZES[options.size]
    result = Result(size.name, round(load_by_others(), 2))
    _say(f"size {size.name}, load by others {result.load} per core")
    _say(_ROW.format("fault", "dials", "dup", "lost", "conv", "took", "verdict", "figures"))
    wanted = options.only or size.faults or (*TESTED, *ON_A_SYSTEM)
    _run_suites(result, size, wanted)
    _run_on_a_system(result, size, wanted)
    if options.json:
        options.json.write_text(json.dumps({**asdict(result), "last_line": result.last_line()}, indent=2) + "\n")
    _say(result.last_line())
    return 1 if result.broken else 0


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - {*TESTED, *ON_A_SYSTEM}:
        raise argparse.ArgumentTypeError(f"no such fault: {', '.join(sorted(unknown))}")
    return names


def _run_suites(result: Result, size: Size, wanted: Sequence[str]) -> None:
    if "F8" in wanted:
        _note(result, "F8", suites.read_hours)
    if "F16" in wanted:
        _note(result, "F16", partial(suites.walk_at_random, size.machine))
    if "F24" in wanted:
        _note(result, "F24", lambda: _plant(result))


def _plant(result: Result) -> Verdict:
    verdict, result.caught, result.planted = suites.plant_bugs()
    return verdict


def _run_on_a_system(result: Result, size: Size, wanted: Sequence[str]) -> None:
    if not set(wanted) & set(ON_A_SYSTEM):
        return
    with running_system() as system:
        _set_up(system)
        from tests.faults.battery import FAULTS

        for fault in FAULTS:
            if fault.name in wanted:
                _note(result, fault.name, partial(fault.run, system, size))


def _set_up(system: System) -> None:
    """Make this process one of the system's own, and its database ready."""
    os.environ.update(system.environment)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _note(result: Result, name: str, run: Callable[[], Verdict]) -> None:
    """Run one fault, keep what it came to, and print its row. A fault that cannot be judged is a broken promise."""
    started = time.monotonic()
    try:
        verdict = run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are still to be judged
        sys.stderr.write(traceback.format_exc())
        verdict = Verdict(broken={f"could not be judged: {type(error).__name__}": 1})
    result.rows[name], result.seconds[name] = verdict, round(time.monotonic() - started, 1)
    converged = "-" if verdict.converged_seconds is None else f"{verdict.converged_seconds:.0f}"
    figures = "; ".join([*verdict.broken, *(f"{what} {figure}" for what, figure in verdict.figures.items())])
    numbers = (verdict.dials, verdict.duplicates, verdict.lost, converged, f"{result.seconds[name]:.0f}")
    _say(_ROW.format(name, *numbers, "ok" if verdict.ok else "BROKEN", figures))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers and folders are cleared away on the way out
    sys.exit(main(sys.argv[1:]))
