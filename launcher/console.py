"""Show the output of several programs in one terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path

_COLOURS = (36, 33, 32, 35, 34)  # cyan, yellow, green, magenta, blue: red is left to errors
_WIDTH = 10


class Console:
    """Print each line behind the name of its program, coloured on a terminal."""

    def __init__(self) -> None:
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._colours: dict[str, int] = {}
        self._writing = threading.Lock()

    def write(self, name: str, line: str) -> None:
        """Print one line of the program `name`."""
        # Nobody may be reading any more (`make run | head`); the programs must go on, or stop in order.
        with self._writing, contextlib.suppress(BrokenPipeError):
            print(f"{self._prefix(name)} {line}", flush=True)

    def _prefix(self, name: str) -> str:
        text = f"{name:<{_WIDTH}}|"
        if not self._coloured:
            return text
        colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
        return f"\x1b[{colour}m{text}\x1b[0m"


class OutputFiles:
    """Append each line to the file of its program in `folder`, for stacks that run without a terminal."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._writing = threading.Lock()

    def write(self, name: str, line: str) -> None:
        """Append one line of the program `name`."""
        with self._writing, (self._folder / f"{name}.log").open("a") as stream:
            stream.write(f"{line}\n")
