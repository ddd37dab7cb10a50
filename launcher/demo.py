"""`make demo`: one whole campaign, unattended, on a data folder of its own and on simulated time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from launcher.paths import CHECKOUT
from launcher.run import heed_signals
from launcher.services import discard
from launcher.stack import running_stack

PEOPLE = CHECKOUT / "samples" / "customers_messy.csv"
# Simulated seconds per real second: three days pass in little more than a minute.
RATE = 4000.0
# Real seconds until all programs are up: the simulated Monday morning begins then.
STARTUP = timedelta(seconds=7)
MORNING = timedelta(hours=6, minutes=30)  # UTC


def main(_arguments: list[str]) -> int:
    """Run the demo; return 0 only if the campaign completed and no invariant broke. Raises LaunchError."""
    heed_signals()
    data_dir = CHECKOUT / "var" / "demo"
    discard(data_dir)
    print("Starting the servers …", flush=True)
    try:
        with running_stack(data_dir, extra_environment=_environment, durable=False, seed_command=()) as stack:
            return _run(stack.environment, data_dir)
    except KeyboardInterrupt:
        print("Interrupted.")
        return 130


def _environment() -> dict[str, str]:
    return {"SIMULATED_CLOCK": simulated_clock(datetime.now(UTC)), "LOG_LEVEL": "WARNING"}


def _run(environment: dict[str, str], data_dir: Path) -> int:
    log = data_dir / "simulator" / "log.jsonl"
    command = [sys.executable, "manage.py", "run_demo", "--people", str(PEOPLE), "--simulator-log", str(log)]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode


def simulated_clock(real: datetime, rate: float = RATE) -> str:
    """Return the setting of a clock that shows Monday morning once everything is up, and then runs fast."""
    monday = (real - timedelta(days=real.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{(real + STARTUP).isoformat()},{(monday + MORNING).isoformat()},{rate}"
