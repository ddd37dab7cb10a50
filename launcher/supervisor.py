"""Run several programs together in the foreground, from the first start to an orderly stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from launcher.child import Child, Output, Patience, Program
from launcher.errors import LaunchError

_POLL_SECONDS = 0.1


class Supervisor:
    """Programs that are started in the order given, and stopped in the reverse order when the block ends.

    `failed` is set when a program has been given up; `failure` then says which, with its last lines. Whoever holds
    the block is to leave it then, which stops the others.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: Output,
        patience: Patience | None = None,
    ) -> None:
        self.failed = threading.Event()
        self.failure = ""
        self._children = {
            program.name: Child(
                program,
                environment=environment,
                folder=folder,
                output=output,
                patience=patience or Patience(),
                on_give_up=self._give_up,
            )
            for program in programs
        }

    def __enter__(self) -> Supervisor:
        for child in self._children.values():
            child.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children.values()):
            child.stop()

    def wait_ready(self, *names: str, seconds: float = 60) -> None:
        """Wait until the named programs are ready, all of them if none is named.

        Raises LaunchError where one is given up or is not ready in time, with its last lines.
        """
        deadline = time.monotonic() + seconds
        for name in names or self._children:
            child = self._children[name]
            while not child.is_ready():
                self.check()
                if time.monotonic() > deadline:
                    raise LaunchError(_with_last_lines(child, f"is not ready after {seconds:.0f} s"))
                self.failed.wait(_POLL_SECONDS)

    def check(self) -> None:
        """Raise LaunchError if a program has been given up."""
        if self.failed.is_set():
            raise LaunchError(self.failure)

    def pid(self, name: str) -> int | None:
        """Return the process number of a program, None while it is down."""
        return self._children[name].pid

    def start(self, name: str) -> None:
        """Start a program that was stopped or killed."""
        self._children[name].start()

    def stop(self, name: str) -> None:
        """Stop one program in good order; it stays down until started."""
        self._children[name].stop()

    def kill(self, name: str) -> None:
        """Kill one program and all it started, as a crash would; it stays down until started."""
        self._children[name].kill()

    def _give_up(self, child: Child) -> None:
        self.failure = _with_last_lines(child, "keeps ending as soon as it is started")
        self.failed.set()


def _with_last_lines(child: Child, trouble: str) -> str:
    return "\n".join([f"{child.program.name} {trouble}; its last lines:", *(f"  {line}" for line in child.last_lines)])
