"""`python -m launcher COMMAND`: run, demo, screenshots, exec or clean."""

from __future__ import annotations

import importlib
import sys

from launcher.errors import LaunchError

COMMANDS = ("run", "demo", "screenshots", "exec", "clean")


def main() -> int:
    """Run the command named by the first argument; every foreseen trouble is a message, not a traceback."""
    name, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if name not in COMMANDS:
        print(f"usage: python -m launcher {{{','.join(COMMANDS)}}}", file=sys.stderr)
        return 2
    try:
        status: int = importlib.import_module(f"launcher.{name}").main(arguments)
    except LaunchError as error:
        print(f"launcher: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
