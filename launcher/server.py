"""Start and stop one embedded server that outlives the process which started it.

Whether a server lives is not read from a pid file, which a crash leaves behind and whose number another process may
have by now. The server inherits a locked file instead: the lock is free exactly when the last of its processes is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from launcher import locks
from launcher.errors import OWN_SERVERS, LaunchError
from launcher.paths import Layout

START_SECONDS = 60
STOP_SECONDS = 30
LARGEST_LOG_BYTES = 10_000_000
# Without the caller's variables: PGDATA, PGPORT and their like would change what is started.
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Server(ABC):
    """One server of a data folder. Its methods are called under the start lock, except `is_ready`."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    last_resort: ClassVar[signal.Signals]

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    @property
    def log_path(self) -> Path:
        """The file the server logs to."""
        return self.layout.log_dir / f"{self.name}.log"

    @property
    def life_lock(self) -> Path:
        """The file whose lock the server's processes hold as long as one of them lives."""
        return self.layout.data_dir / f"{self.name}.lock"

    @property
    @abstractmethod
    def socket_path(self) -> Path:
        """The unix socket the server listens on."""

    @property
    @abstractmethod
    def pid_path(self) -> Path:
        """The file whose first line is the number of the server's process."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Tell whether the server takes commands. Costs well under a millisecond."""

    @abstractmethod
    def launch(self, *, life_lock: int, durable: bool) -> None:
        """Start the server in the background with the descriptor `life_lock` inherited; return without waiting."""

    @property
    def pid(self) -> int:
        """The number of the server's process; only meaningful while it is ready."""
        return int(self.pid_path.read_text().split()[0])

    def connect(self) -> socket.socket | None:
        """Return a connection to the socket, None where nobody listens."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(1)
        try:
            connection.connect(str(self.socket_path))
        except OSError:
            connection.close()
            return None
        return connection

    def ensure_ready(self, *, durable: bool) -> None:
        """Return once the server takes commands, started if need be. Raises LaunchError with the end of its log."""
        if self.is_ready():
            return
        deadline = time.monotonic() + START_SECONDS
        # A held lock: still starting, still stopping, or the children of a killed server about to notice.
        while (life_lock := locks.try_lock(self.life_lock)) is None:
            if self.is_ready():
                return
            self._check(time.monotonic() < deadline, "hangs")
            time.sleep(locks.POLL_SECONDS)
        try:
            self._clear_away()
            self.launch(life_lock=life_lock, durable=durable)
        finally:
            os.close(life_lock)
        self._wait_ready(deadline)

    def _clear_away(self) -> None:
        # The last beside the socket is PostgreSQL's; it names a process, like the pid file, and is believed like it.
        for left_behind in (self.pid_path, self.socket_path, Path(f"{self.socket_path}.lock")):
            left_behind.unlink(missing_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > LARGEST_LOG_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))

    def _wait_ready(self, deadline: float) -> None:
        while not self.is_ready():
            self._check(locks.is_held(self.life_lock), "did not start")
            self._check(time.monotonic() < deadline, "did not get ready in time")
            time.sleep(locks.POLL_SECONDS)

    def _check(self, good: bool, trouble: str) -> None:
        if not good:
            raise LaunchError(f"{self.name} {trouble} (or {OWN_SERVERS}); {self.log_path} ends:\n{self.log_tail()}")

    def log_tail(self, lines: int = 8) -> str:
        """Return the last lines of the server's log."""
        try:
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return "(no log)"

    def stop(self) -> None:
        """Stop the server cleanly and return when all its processes are gone; does nothing where none runs."""
        for number, seconds in ((self.stop_signal, STOP_SECONDS), (self.last_resort, STOP_SECONDS)):
            self._signal(number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not locks.is_held(self.life_lock):
                    return
                time.sleep(locks.POLL_SECONDS)
        raise LaunchError(f"{self.name} does not stop; its process number is in {self.pid_path}")

    def _signal(self, number: signal.Signals) -> None:
        # Only while it listens does the number in the pid file belong to it for certain.
        if connection := self.connect():
            connection.close()
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                os.kill(self.pid, number)
