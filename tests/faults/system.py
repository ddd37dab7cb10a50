"""Run the real system on a private data folder, in pieces that can be killed, paused and replaced one by one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from launcher.child import Patience, Program
from launcher.console import OutputFiles
from launcher.errors import LaunchError
from launcher.paths import CHECKOUT
from launcher.ports import free_port, usual_port
from launcher.programs import WORKER_IS_READY, addresses_at, environment_of, programs_of
from launcher.services import discard, revive_services, running_services
from launcher.supervisor import Supervisor
from lib.clock import SimulatedClock

# Seconds of the clock of decisions in one real second.
RATE = 120.0
# What every time-out and lease is divided by on a machine that does nothing else.
_HASTE = 20.0
_MOST_SLACK = 5.0
REVIVE_SECONDS = 0.2
READY_SECONDS = 240
# Nobody is given up: dying again and again is what these programs are here for.
_UNTIRING = Patience(tries=1_000_000, settled_seconds=0.0, first_delay_seconds=0.05, longest_delay_seconds=0.05)
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class System:
    """The servers and the simulator, up; the crew that does the work is put on and taken off with `crew`."""

    folder: Path
    web_port: int
    addresses: Mapping[str, str]
    environment: dict[str, str] = field(repr=False)  # holds the keys
    slack: float  # how many times longer everything may take than on a machine that does nothing else

    @property
    def log_path(self) -> Path:
        """Return the simulator's own record: the ground truth."""
        return self.folder / "simulator" / "log.jsonl"

    @property
    def accounts_path(self) -> Path:
        return self.folder / "simulator" / "accounts.json"

    @property
    def base_url(self) -> str:
        return self.addresses["PUBLIC_URL"]

    @contextmanager
    def crew(
        self, *, workers: int = 4, beats: int = 2, web: bool = True, code: Path = CHECKOUT, **variables: str
    ) -> Iterator[Crew]:
        """Have the work done by Celery workers, beats and web of the code in a folder, all with `variables` set.

        At the end everything is killed, as by kill -9.
        """
        environment = self.environment | variables
        output = OutputFiles(self.folder / "output").write
        programs = _crew_programs(self, workers, beats)[: 2 if web else 1]
        with Supervisor(
            programs, environment=environment, folder=code, output=output, patience=_UNTIRING
        ) as supervisor:
            try:
                yield Crew(supervisor, workers)
            finally:
                for program in programs:
                    supervisor.kill(program.name)

    def set_faults(self, **faults: Any) -> None:
        """Put these faults of the simulated vendors in force, and no others."""
        self._ask("/simulator/faults", json.dumps(faults).encode())

    def stats(self) -> dict[str, Any]:
        """Return the simulator's counters."""
        return self._ask("/simulator/stats")

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        with _DIRECTLY.open(self.addresses["SIMULATOR_URL"] + path, data=body, timeout=20) as answer:
            read: dict[str, Any] = json.loads(answer.read())
        return read


@dataclass(frozen=True)
class Crew:
    """The programs that do the work, under their supervisor."""

    supervisor: Supervisor
    size: int

    def wait_ready(self) -> None:
        """Return when everything is ready. For crews in which nobody is to die."""
        self.supervisor.wait_ready(seconds=READY_SECONDS)

    def workers(self) -> list[int]:
        """Return the Celery workers, oldest first."""
        return children(self.supervisor.pid("nest"))[: self.size]

    def everybody(self) -> list[int]:
        """Return all processes that somebody starts again at once: workers, beats and those of web."""
        return [pid for name in ("nest", "web") for pid in children(self.supervisor.pid(name))]

    def mains(self) -> list[int]:
        """Return the processes that start the others; their death is the death of all of these."""
        return [pid for name in ("nest", "web") if (pid := self.supervisor.pid(name))]


def children(pid: int | None) -> list[int]:
    """Return the processes started by `pid` that are still there."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def signal_all(pids: list[int], number: signal.Signals) -> int:
    """Send a signal to processes of ours; return how many were still there."""
    sent = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            sent += 1
    return sent


@contextmanager
def running_system() -> Iterator[System]:
    """Start servers and simulator in a folder of their own, with an empty database; delete it all at the end.

    Time-outs are shortened less on a machine that others use: a lease must outlast a queue, there as anywhere.
    """
    slack = min(max(load_by_others(), 1.0), _MOST_SLACK)
    folder = Path(tempfile.mkdtemp(prefix="outbound-faults-"))
    folder.chmod(0o755)  # the servers run as another user where we are root
    data = folder / "data"
    try:
        with _kept_services(data) as environment_and_port:
            system = _system(data, *environment_and_port, slack)
            with _simulator(system):
                yield system
    finally:
        with contextlib.suppress(LaunchError):
            discard(data)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _kept_services(data: Path) -> Iterator[tuple[dict[str, str], int]]:
    """Keep PostgreSQL and Valkey up whatever is done to them; yield the environment and the port for web."""
    stopping = threading.Event()

    def keep_alive() -> None:
        while not stopping.wait(REVIVE_SECONDS):
            with contextlib.suppress(LaunchError, OSError):
                revive_services(data)

    with running_services(data) as urls:
        port = free_port(usual_port(data))
        simulator_port = free_port(port + 1)
        addresses = addresses_at(port, simulator_port, free_port(simulator_port + 1))
        environment = environment_of(data, urls, addresses)
        keeper = threading.Thread(target=keep_alive, name="keeper of the servers", daemon=True)
        keeper.start()
        try:
            yield environment, port
        finally:
            stopping.set()
            keeper.join()


def load_by_others() -> float:
    """Return how many processes wait for each core. Meaningful before anything of ours runs."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def _system(data: Path, environment: dict[str, str], port: int, slack: float) -> System:
    now = datetime.now(UTC)
    environment |= {
        "SIMULATED_CLOCK": str(SimulatedClock(now, now, RATE)),
        "ENGINE_HASTE": str(_HASTE / slack),
        "PLATFORM_CONCURRENCY_LIMIT": "500",
        "LOG_LEVEL": "WARNING",
        "GUNICORN_CMD_ARGS": "--preload",  # what dies is forked again, not loaded again
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    addresses = {name: environment[name] for name in ("PUBLIC_URL", "SIMULATOR_URL", "SIMULATOR_MAIL_URL")}
    return System(data, port, addresses, environment, slack)


@contextmanager
def _simulator(system: System) -> Iterator[None]:
    program, *_others = programs_of(system.folder, system.web_port, system.addresses, ())
    output = OutputFiles(system.folder / "output").write
    with Supervisor([program], environment=system.environment, folder=CHECKOUT, output=output) as supervisor:
        supervisor.wait_ready(seconds=READY_SECONDS)
        yield


def _crew_programs(system: System, workers: int, beats: int) -> list[Program]:
    *_others, web = programs_of(system.folder, system.web_port, system.addresses, ())
    nest = Program(
        "nest",
        [sys.executable, "-m", "tests.faults.nest", str(workers), str(beats), str(system.folder)],
        ready_line=WORKER_IS_READY,
        environment={"PROCESS_ROLE": "worker"},
    )
    return [nest, web]


def wait_until(condition: Callable[[], object], seconds: float, *, pause: float = 0.25) -> float | None:
    """Wait for the condition; return how many seconds it took, None if it did not come true in time."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            return None
        time.sleep(pause)
    return time.monotonic() - started
