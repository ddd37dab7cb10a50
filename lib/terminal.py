"""Print for people: tables and progress on a terminal, plain text elsewhere."""

import sys

from rich.console import Console

# Of output that is no terminal: wide enough that no table wraps into nonsense.
_PLAIN_WIDTH = 160


def terminal() -> Console:
    """Return a console on the present standard output."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
