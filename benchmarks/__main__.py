"""`python -m benchmarks [NAME …] [--size N]`: run benchmarks on embedded servers of their own; print ratios."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from launcher.errors import LaunchError
from launcher.paths import CHECKOUT
from launcher.services import discard
from launcher.stack import running_environment, running_stack

DATA = CHECKOUT / "var" / "bench"
# With the real programs behind it, or with the servers alone.
WHOLE_SYSTEM = ("dispatch",)
NAMES = ("claims", "counters", "webhooks", "imports", "goals", *WHOLE_SYSTEM)


def main() -> int:
    """Run the benchmarks named on the command line, all by default; return 1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--size", type=int, default=100_000, help="targets or rows (default: %(default)s)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    names = options.names or NAMES
    if len(names) > 1:  # each in a process of its own, which Django is set up in for one database
        runs = [[sys.executable, "-m", "benchmarks", name, "--size", str(options.size)] for name in names]
        return max(subprocess.run(run, cwd=CHECKOUT, check=False).returncode for run in runs)
    with _system(whole=names[0] in WHOLE_SYSTEM):
        return _run(names[0], options.size)


@contextmanager
def _system(*, whole: bool) -> Iterator[None]:
    """Begin with an empty database; the clock is the real one, and the platform has room for everything."""
    discard(DATA)
    settings = {"PLATFORM_CONCURRENCY_LIMIT": "100000", "LOG_LEVEL": "ERROR", "OUTBOUND_DATA_DIR": str(DATA)}
    os.environ |= settings
    if whole:
        with running_stack(DATA, seed_command=(), extra_environment=lambda: settings) as stack:
            _set_up(stack.environment)
            yield
    else:
        with running_environment(DATA) as environment:
            _set_up(environment)
            yield


def _set_up(environment: dict[str, str]) -> None:
    import django

    os.environ |= environment
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.DEBUG = False  # it would keep every statement in memory
    call_command("migrate", verbosity=0)


def _run(name: str, size: int) -> int:
    from rich.table import Table

    from lib.terminal import terminal

    table = Table("claim", "ratio", "goal", "figures", title=name)
    ratios = importlib.import_module(f"benchmarks.{name}").run(size)
    for ratio in ratios:
        sign = "≥" if ratio.at_least else "≤"
        style = "green" if ratio.holds else "red"
        table.add_row(ratio.claim, f"[{style}]{ratio.value:.2f}", f"{sign} {ratio.goal:g}", ratio.figures)
    terminal().print(table)
    return int(not all(ratio.holds for ratio in ratios))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LaunchError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        sys.exit(1)
