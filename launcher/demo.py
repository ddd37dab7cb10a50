"""`make demo`: one whole campaign, unattended, on a data folder of its own and on simulated time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from launcher.paths import CHECKOUT
from launcher.run import heed_signals
from launcher.services import discard
from launcher.stack import Stack, running_stack

PEOPLE = CHECKOUT / "samples" / "customers_messy.csv"
# Simulated seconds per real second: three days pass in little more than a minute.
RATE = 4000.0
# Real seconds until all programs are up: the simulated Monday morning begins then.
STARTUP = timedelta(seconds=7)
MORNING = timedelta(hours=6, minutes=30)  # UTC


def main(_arguments: list[str]) -> int:
    """Run the demo; return 0 only if the campaign completed and no invariant broke. Raises LaunchError."""
    data_dir = CHECKOUT / "var" / "demo"
    try:
        with demo_stack(data_dir, RATE) as stack:
            command = demo_command(data_dir)
            return subprocess.run(command, cwd=CHECKOUT, env=stack.environment, check=False).returncode
    except KeyboardInterrupt:
        print("Interrupted.")
        return 130


@contextmanager
def demo_stack(data_dir: Path, rate: float) -> Iterator[Stack]:
    """Run everything on a fresh data folder, by a clock that is `rate` times as fast as ours. Raises LaunchError."""

    def environment() -> dict[str, str]:
        return {"SIMULATED_CLOCK": simulated_clock(datetime.now(UTC), rate), "LOG_LEVEL": "WARNING"}

    heed_signals()
    discard(data_dir)
    print("Starting the servers …", flush=True)
    with running_stack(data_dir, extra_environment=environment, durable=False, seed_command=()) as stack:
        yield stack


def demo_command(data_dir: Path) -> list[str]:
    """Return the command that runs the demo's campaign on the stack of `data_dir`."""
    log = data_dir / "simulator" / "log.jsonl"
    return [sys.executable, "manage.py", "run_demo", "--people", str(PEOPLE), "--simulator-log", str(log)]


def simulated_clock(real: datetime, rate: float) -> str:
    """Return the setting of a clock that shows Monday morning once everything is up, and then runs fast."""
    monday = (real - timedelta(days=real.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{(real + STARTUP).isoformat()},{(monday + MORNING).isoformat()},{rate}"
