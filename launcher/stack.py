"""Run the whole system on one data folder: servers, simulator, worker, beat and web, migrated and seeded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from launcher import locks
from launcher.child import Output
from launcher.console import OutputFiles
from launcher.errors import LaunchError
from launcher.keys import write_privately
from launcher.paths import CHECKOUT, Layout
from launcher.ports import free_port, usual_port
from launcher.programs import addresses_at, environment_of, local_url, programs_of
from launcher.services import ServiceUrls, revive_services, running_services
from launcher.supervisor import Supervisor

SEED_COMMAND = ("seed_demo", "--json")
REVIVE_SECONDS = 0.5
READY_SECONDS = 120  # three seconds on a quiet machine
LINES_OF_A_FAILURE = 15


@dataclass(frozen=True)
class Stack:
    """A running system. `seed` holds what `seed_demo --json` printed.

    `supervisor` starts, stops and kills single programs: simulator, worker, beat, web.
    """

    data_dir: Path
    base_url: str
    simulator_url: str
    environment: dict[str, str] = field(repr=False)  # holds the keys
    supervisor: Supervisor
    seed: dict[str, str] = field(repr=False)

    def manage(self, *arguments: str) -> str:
        """Run a management command in this environment and return its output. Raises LaunchError with its end."""
        return _manage(arguments, self.environment)


@contextmanager
def running_stack(
    data_dir: Path,
    *,
    extra_environment: Callable[[], Mapping[str, str]] = dict,
    own_servers: ServiceUrls | None = None,
    durable: bool = True,
    port: int | None = None,
    output: Output | None = None,
    seed_command: Sequence[str] = SEED_COMMAND,
    simulator_options: Sequence[str] = (),
) -> Iterator[Stack]:
    """Run the system on `data_dir` inside the block: ready when the block begins, stopped in order at its end.

    A data folder has one stack at a time; several folders can have theirs side by side. Whatever dies is started
    again, the embedded servers included; `own_servers` are used in their place. `extra_environment` is asked when the
    tables are there, just before the programs start. `output` takes the programs' lines
    (default: files in `output` of the data folder). An empty `seed_command` seeds nothing; `simulator_options`, such
    as ``--faults FILE``, are added to the simulator's command. Raises LaunchError.
    """
    data_dir = Layout.prepare(data_dir).data_dir
    say = output or OutputFiles(data_dir / "output").write
    services = nullcontext(own_servers) if own_servers else _revived_services(data_dir, durable=durable, output=say)
    with _only_stack(data_dir) as state, services as urls:
        web_port = port or free_port(usual_port(data_dir))
        simulator_port = free_port(web_port + 1)
        addresses = addresses_at(web_port, simulator_port, free_port(simulator_port + 1))
        write_privately(state, json.dumps(addresses))
        environment = environment_of(data_dir, urls, addresses)
        _manage(["migrate", "--verbosity", "0"], environment)
        environment |= extra_environment()
        seed = json.loads(_manage(seed_command, environment)) if seed_command else {}
        programs = programs_of(data_dir, web_port, addresses, simulator_options)
        with Supervisor(programs, environment=environment, folder=CHECKOUT, output=say) as supervisor:
            supervisor.wait_ready(seconds=READY_SECONDS)
            base_url, simulator_url = local_url(web_port), addresses["SIMULATOR_URL"]
            yield Stack(data_dir, base_url, simulator_url, environment, supervisor, seed)


@contextmanager
def running_environment(data_dir: Path, *, own_servers: ServiceUrls | None = None) -> Iterator[dict[str, str]]:
    """Keep the servers of `data_dir` running inside the block and yield the environment for one command.

    Where a stack runs on the folder, the command sees the same addresses as its programs.
    """
    data_dir = Layout.prepare(data_dir).data_dir
    with nullcontext(own_servers) if own_servers else running_services(data_dir) as urls:
        web_port = usual_port(data_dir)
        usual = addresses_at(web_port, web_port + 1, web_port + 2)
        yield environment_of(data_dir, urls, usual | _stored_addresses(data_dir))


def _manage(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last_lines = "\n".join(done.stderr.splitlines()[-LINES_OF_A_FAILURE:])
        raise LaunchError(f"manage.py {arguments[0]} failed:\n{last_lines}")
    return done.stdout


def _stored_addresses(data_dir: Path) -> dict[str, str]:
    try:
        stored: dict[str, str] = json.loads((data_dir / "run.json").read_text())
    except FileNotFoundError:
        return {}
    return stored


@contextmanager
def _only_stack(data_dir: Path) -> Iterator[Path]:
    """Hold the right to run a stack on the folder; yield the file that tells others its addresses."""
    held = locks.try_lock(data_dir / "run.lock")
    if held is None:
        address = _stored_addresses(data_dir).get("PUBLIC_URL", "an address it has yet to choose")
        raise LaunchError(f"already running at {address} (on the data in {data_dir})")
    try:
        yield data_dir / "run.json"
    finally:
        (data_dir / "run.json").unlink(missing_ok=True)
        os.close(held)


@contextmanager
def _revived_services(data_dir: Path, *, durable: bool, output: Output) -> Iterator[ServiceUrls]:
    """Keep the embedded servers running inside the block, and start them again when they die."""
    stopping = threading.Event()

    def keep_alive() -> None:
        while not stopping.wait(REVIVE_SECONDS):
            try:
                revive_services(data_dir, durable=durable)
            except LaunchError as error:
                output("services", str(error))

    with running_services(data_dir, durable=durable) as urls:
        thread = threading.Thread(target=keep_alive, name="keeper of the servers", daemon=True)
        thread.start()
        try:
            yield urls
        finally:
            stopping.set()
            thread.join()
