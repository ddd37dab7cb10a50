"""`python -m tests.api.fuzz [--size short|ci|long] [--seed N …] [--only umanize,…]`: fuzz the dialects.

Prints a row for each dialect, every sort of fault once, and one line that says whether there were any. docs/fuzz.md
explains it.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher.services import ensure_environment

_DATA = Path(__file__).resolve().parents[3] / "var" / "fuzz"


def main(arguments: Sequence[str]) -> int:
    """Fuzz on servers and a database of its own; return 0 if there was nothing to find, else 1."""
    _set_up()
    from tests.api.fuzz.battery import FIXED_SEED, SIZES, fuzz, kept_connection, last_line, table
    from tests.api.fuzz.dialects import DIALECTS

    parser = argparse.ArgumentParser(prog="python -m tests.api.fuzz", description="Fuzz the dialects.")
    parser.add_argument("--size", choices=SIZES, default="ci")
    parser.add_argument("--seed", type=int, nargs="+", help="repeat what was found with these seeds, and nothing else")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(DIALECTS), help="dialects")
    options = parser.parse_args(arguments)
    size = SIZES[options.size]
    seeds = options.seed or [FIXED_SEED, secrets.randbits(32)]
    _say(f"size {options.size}, seeds {' '.join(map(str, seeds))}")
    with kept_connection():
        outcomes = fuzz(size, seeds, options.only)
    _say(table(outcomes))
    for outcome in outcomes:
        for fault in outcome.found.values():
            _say(f"\n{fault}")
    _say(last_line(outcomes, size, seeds))
    return 1 if "BROKEN" in last_line(outcomes, size, seeds) else 0


def _set_up() -> None:
    """Start servers in a folder of their own and make an empty database there."""
    ensure_environment(data_dir=_DATA, durable=False)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment(debug=False)
    logging.disable(logging.CRITICAL)  # every refusal is logged, and these are thousands
    connection.creation.create_test_db(verbosity=0, autoclobber=True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
