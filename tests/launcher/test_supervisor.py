from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.child import Patience, Program
from launcher.errors import LaunchError
from launcher.supervisor import Supervisor
from tests.launcher.conftest import Interpreter, eventually, is_alive

IMPATIENT = Patience(tries=3, settled_seconds=60, first_delay_seconds=0.01)


def _shell(name: str, script: str, *, ready_line: str = "", grace_seconds: float = 5) -> Program:
    return Program(name, ["/bin/sh", "-c", script], ready_line=ready_line, grace_seconds=grace_seconds)


def _supervisor(tmp_path: Path, *programs: Program, patience: Patience = IMPATIENT) -> Supervisor:
    said = tmp_path / "said"

    def output(name: str, line: str) -> None:
        with said.open("a") as stream:
            stream.write(f"{name}: {line}\n")

    return Supervisor(programs, environment=dict(os.environ), folder=tmp_path, output=output, patience=patience)


def _pid(supervisor: Supervisor, name: str) -> int:
    pid = supervisor.pid(name)
    assert pid
    return pid


def test_a_program_that_dies_is_started_again(tmp_path: Path) -> None:
    with _supervisor(tmp_path, _shell("worker", "echo up; exec sleep 60", ready_line="up")) as supervisor:
        supervisor.wait_ready()
        first = _pid(supervisor, "worker")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: supervisor.pid("worker") not in (None, first))
        supervisor.wait_ready()
        second = _pid(supervisor, "worker")
    assert not is_alive(first)
    assert not is_alive(second)
    assert "worker: [ended by SIGKILL]" in (tmp_path / "said").read_text()


def test_a_program_that_keeps_dying_is_given_up_with_its_last_lines(tmp_path: Path) -> None:
    with _supervisor(
        tmp_path, _shell("web", "echo the port is taken; exit 3"), _shell("beat", "exec sleep 60")
    ) as supervisor:
        assert supervisor.failed.wait(10)
        with pytest.raises(LaunchError, match=r"web keeps ending(.|\n)*the port is taken(.|\n)*with status 3"):
            supervisor.check()
        beat = _pid(supervisor, "beat")
    assert not is_alive(beat)
    assert (tmp_path / "said").read_text().count("the port is taken") == IMPATIENT.tries


def test_giving_up_ends_the_wait_for_readiness(tmp_path: Path) -> None:
    with (
        pytest.raises(LaunchError, match="web keeps ending"),
        _supervisor(tmp_path, _shell("web", "exit 1", ready_line="never")) as supervisor,
    ):
        supervisor.wait_ready()


def test_a_program_that_never_gets_ready_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with (
        pytest.raises(LaunchError, match=r"web is not ready after 0 s(.|\n)*waiting for godot"),
        _supervisor(tmp_path, _shell("web", "echo waiting for godot; exec sleep 60", ready_line="never")) as supervisor,
    ):
        eventually(lambda: (tmp_path / "said").exists())
        supervisor.wait_ready(seconds=0.1)


def test_a_program_that_settled_between_its_deaths_is_not_given_up(tmp_path: Path) -> None:
    patience = Patience(tries=2, settled_seconds=0, first_delay_seconds=0.01)
    with _supervisor(tmp_path, _shell("worker", "echo up"), patience=patience) as supervisor:
        eventually(lambda: (tmp_path / "said").exists() and (tmp_path / "said").read_text().count("up") > 3)
        assert not supervisor.failed.is_set()


def test_waits_between_starts_grow_up_to_a_limit() -> None:
    assert [Patience().delay(failures) for failures in (1, 2, 3, 9)] == [0.5, 1, 2, 8]


def test_programs_are_stopped_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    names = ["simulator", "worker", "beat", "web"]
    script = "trap 'echo {0} >>order; exit' TERM; echo up; while :; do sleep 0.02; done"
    with _supervisor(tmp_path, *(_shell(name, script.format(name), ready_line="up") for name in names)) as supervisor:
        supervisor.wait_ready()
    assert (tmp_path / "order").read_text().split() == names[::-1]


def test_a_program_deaf_to_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    deaf = _shell("web", "trap '' TERM; echo up; while :; do sleep 0.02; done", ready_line="up", grace_seconds=0.2)
    with _supervisor(tmp_path, deaf) as supervisor:
        supervisor.wait_ready()
        pid = _pid(supervisor, "web")
        began = time.monotonic()
    assert 0.2 <= time.monotonic() - began < 3
    assert not is_alive(pid)


def test_what_a_killed_program_had_started_goes_with_it(tmp_path: Path) -> None:
    master = _shell("web", "sleep 60 & echo $! >grandchild; echo up; wait", ready_line="up")
    with _supervisor(tmp_path, master) as supervisor:
        supervisor.wait_ready()
        grandchild = int((tmp_path / "grandchild").read_text())
        os.kill(_pid(supervisor, "web"), signal.SIGKILL)
        eventually(lambda: not is_alive(grandchild))


@pytest.mark.parametrize("end", [Supervisor.stop, Supervisor.kill])
def test_a_program_ended_on_purpose_stays_down_until_it_is_started(
    tmp_path: Path, end: Callable[[Supervisor, str], None]
) -> None:
    with _supervisor(tmp_path, _shell("worker", "echo up; exec sleep 60", ready_line="up")) as supervisor:
        supervisor.wait_ready()
        end(supervisor, "worker")
        assert supervisor.pid("worker") is None
        time.sleep(0.1)  # many times the wait before a restart
        assert supervisor.pid("worker") is None
        supervisor.start("worker")
        supervisor.wait_ready("worker")


def test_a_server_is_ready_when_its_address_answers_and_not_before(tmp_path: Path) -> None:
    server = (
        "import http.server as h, sys, time\n"
        "class Page(h.BaseHTTPRequestHandler):\n"
        "    def do_GET(self): self.send_response(200 if ready else 503); self.end_headers()\n"
        "ready = False; web = h.HTTPServer(('127.0.0.1', 0), Page); print(web.server_port, flush=True)\n"
        "for ready in (False, False, True): web.handle_request()\n"
        "time.sleep(60)\n"
    )
    (tmp_path / "said").touch()
    port_known = _supervisor(tmp_path, Program("web", [sys.executable, "-c", server]))
    with port_known as supervisor:
        eventually(lambda: "web: " in (tmp_path / "said").read_text())
        port = (tmp_path / "said").read_text().split()[1]
        probe = Program("probe", ["sleep", "60"], ready_url=f"http://127.0.0.1:{port}/readyz")
        with _supervisor(tmp_path, probe) as probing:
            began = time.monotonic()
            probing.wait_ready(seconds=5)
            assert time.monotonic() - began >= 0.2, "two answers of 503 were taken for readiness"
        assert supervisor.pid("web")


SUPERVISE = """
import os, sys, time; from pathlib import Path
from launcher.child import Program; from launcher.supervisor import Supervisor
programs = [Program("worker", ["sleep", "60"])]
say = lambda *line: None
with Supervisor(programs, environment=dict(os.environ), folder=Path("."), output=say) as supervisor:
    while not supervisor.pid("worker"): time.sleep(0.01)
    time.sleep(0.2); print(supervisor.pid("worker"), flush=True); sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_a_killed_supervisor_takes_its_programs_with_it(interpreter: Callable[..., Interpreter]) -> None:
    supervisor = interpreter(SUPERVISE)
    worker = int(supervisor.line())
    assert is_alive(worker)
    supervisor.kill()
    eventually(lambda: not is_alive(worker))
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)
