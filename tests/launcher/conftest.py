"""Data folders of these tests' own, away from the servers of the test session."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launcher.paths import CHECKOUT
from launcher.services import discard

USE_ONCE = """
import sys; from pathlib import Path
from launcher.services import running_services, server_pids
with running_services(Path(sys.argv[1]), durable=False):
    print(sorted(server_pids(Path(sys.argv[1])).items()), flush=True)
    if sys.argv[2:] == ["wait"]: sys.stdin.read()
"""


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that `nobody` can reach when the tests run as root, which pytest's own temporary folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="outbound-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def data_dir(open_folder: Path) -> Iterator[Path]:
    """One data folder for all tests, so that its database is made once; no test leaves servers running there."""
    folder = open_folder / "data"
    yield folder
    discard(folder)


class Interpreter:
    """A Python process that runs a few lines, tells what they print, and may wait for its input to end."""

    def __init__(self, code: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End the input, and wait until the process has ended."""
        self.process.communicate(timeout=30)


@pytest.fixture
def interpreter() -> Iterator[Callable[..., Interpreter]]:
    started: list[Interpreter] = []

    def start(code: str, *arguments: str) -> Interpreter:
        started.append(Interpreter(code, *arguments))
        return started[-1]

    yield start
    for process in started:
        if process.process.poll() is None:
            process.kill()


def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be buried does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")
