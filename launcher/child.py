"""Keep one program running: start it, read what it says, start it again when it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Output = Callable[[str, str], None]  # takes the program's name and one line of its output

# A proxy of the environment is not for addresses on loopback.
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TETHER = Path(__file__).with_name("tether.py")
_LINES_REMEMBERED = 15
_READER_SECONDS = 2  # a process that has left the group may keep the pipe open for ever


@dataclass(frozen=True)
class Program:
    """What to run, and how to tell that it is ready: a line of its output, an address that answers, or else running."""

    name: str
    command: list[str]
    ready_line: str = ""
    ready_url: str = ""
    grace_seconds: float = 10
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Patience:
    """How often a program may end before it is given up, and how long to wait before it is started again.

    A program that ran for `settled_seconds` starts with a clean slate.
    """

    tries: int = 5
    settled_seconds: float = 10
    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 8

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row."""
        return min(self.first_delay_seconds * 2.0 ** (failures - 1), self.longest_delay_seconds)


class Child:
    """One program, kept running by a thread between `start` and `stop`."""

    def __init__(
        self,
        program: Program,
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: Output,
        patience: Patience,
        on_give_up: Callable[[Child], None],
    ) -> None:
        self.program = program
        self.last_lines: deque[str] = deque(maxlen=_LINES_REMEMBERED)
        self._environment = {**environment, **program.environment}
        self._folder = folder
        self._output = output
        self._patience = patience
        self._on_give_up = on_give_up
        self._process: subprocess.Popen[str] | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = threading.Event()
        self._ready = threading.Event()
        # Between the check for `_stopping` and the start of the process, a stop must wait.
        self._starting = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The number of the running process, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the program and keep it running; does nothing where it is kept running already."""
        if self._keeper and self._keeper.is_alive():
            return
        self._stopping.clear()
        self._keeper = threading.Thread(target=self._keep_running, name=f"keeper of {self.program.name}", daemon=True)
        self._keeper.start()

    def is_ready(self) -> bool:
        """Tell whether the program runs and has shown, since its last start, that it is ready."""
        if self.pid is None:
            return False
        if self.program.ready_url and not self._ready.is_set() and _answers(self.program.ready_url):
            self._ready.set()
        return self._ready.is_set() or not (self.program.ready_line or self.program.ready_url)

    def stop(self) -> None:
        """End the program for good: ask, then after its grace make it. Returns when it is gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the program for good as kill -9 would, with all the processes it started."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        self._stopping.set()
        with self._starting:
            process = self._process
        if not self._keeper:
            return
        if process and number == signal.SIGKILL:
            _signal_group(process, number)
        elif process:
            process.send_signal(number)
        self._keeper.join(self.program.grace_seconds)
        if process and self._keeper.is_alive():
            _signal_group(process, signal.SIGKILL)
        self._keeper.join()

    def _keep_running(self) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            status = self._run_once()
            if self._stopping.is_set():
                return
            failures = failures + 1 if time.monotonic() - started < self._patience.settled_seconds else 1
            self._say(f"[ended {_in_words(status)}]")
            if failures >= self._patience.tries:
                self._on_give_up(self)
                return
            if self._stopping.wait(self._patience.delay(failures)):
                return

    def _run_once(self) -> int:
        with self._starting:
            if self._stopping.is_set():
                return 0
            self._ready.clear()
            self._process = process = self._spawn()
        reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        reader.start()
        status = process.wait()
        # What it started must not live on beside its successor, nor keep the pipe open.
        _signal_group(process, signal.SIGKILL)
        reader.join(_READER_SECONDS)
        if process.stdout and not reader.is_alive():
            process.stdout.close()
        return status

    def _spawn(self) -> subprocess.Popen[str]:
        command = self.program.command
        if sys.platform == "linux":
            command = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *command]
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Out of reach of the terminal's Ctrl-C: the supervisor stops its programs in order.
            start_new_session=True,
        )

    def _read(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self._say(line.rstrip("\n"))
            if self.program.ready_line and self.program.ready_line in line:
                self._ready.set()

    def _say(self, line: str) -> None:
        self.last_lines.append(line)
        self._output(self.program.name, line)


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _in_words(status: int) -> str:
    return f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"


def _answers(url: str) -> bool:
    try:
        with _DIRECTLY.open(url, timeout=2):
            return True
    except urllib.error.HTTPError as error:
        # A page that is not there has been answered by someone; 503 is the answer of a server that is not ready.
        error.close()
        return error.code < 500
    except OSError:
        return False
