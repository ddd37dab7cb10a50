from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.services import discard, server_pids
from tests.launcher.conftest import eventually
from tests.launcher.tiny_project import make_tiny_project

INHERITED = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "PORT", "PUBLIC_URL", "OUTBOUND_DATA_DIR")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in INHERITED}


@pytest.fixture(scope="module")
def checkout(open_folder: Path) -> Iterator[Path]:
    folder = make_tiny_project(open_folder / "checkout")
    yield folder
    discard(folder / "var" / "local")


class Run:
    """`python -m launcher run` in a checkout, with the lines it has printed so far."""

    def __init__(self, checkout: Path, **variables: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "launcher", "run"],
            cwd=checkout,
            env={**ENVIRONMENT, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self.text or self.process.poll() is not None, seconds=30)
        assert text in self.text, self.text

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        status = self.process.wait(30)
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()
        return status


@pytest.fixture
def run(checkout: Path) -> Iterator[Run]:
    run = Run(checkout)
    yield run
    if run.process.poll() is None:
        run.end(signal.SIGKILL)


def _launcher(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "launcher", *arguments]
    environment = {**ENVIRONMENT, **variables}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


def test_a_run_from_the_first_start_to_ctrl_c(checkout: Path, run: Run) -> None:
    run.wait_for("Ready.")
    local = checkout / "var" / "local"
    assert stat.S_IMODE((local / "env").stat().st_mode) == 0o600
    shown = subprocess.run(
        ["/bin/sh", "-c", '. var/local/env; echo "$BASE|$KEY|$CAMPAIGN"'],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    base, key, campaign = shown.stdout.strip().split("|")
    assert (key, campaign) == ("the api_key", "the campaign_id")
    assert base in run.text
    assert _get(f"{base}/PUBLIC_URL") == base
    _the_programs_share_one_environment(checkout, base)
    _a_second_run_says_where_the_first_one_is(checkout, base)
    _what_dies_comes_back(local, run)
    assert run.end(signal.SIGINT) == 0
    assert run.lines[-1] == "Stopped.\n"
    assert server_pids(local) == {}
    with pytest.raises(OSError, match="refused"):
        _get(base)


def _the_programs_share_one_environment(checkout: Path, base: str) -> None:
    report = 'echo "$PUBLIC_URL $ELEVENLABS_BASE_URL $ANALYSIS_BASE_URL $DATABASE_URL $REDIS_URL"; exit 7'
    told = _launcher(checkout, "exec", "--", "/bin/sh", "-c", report)
    assert told.returncode == 7, told.stderr
    simulator = _get(f"{base}/SIMULATOR_URL")
    assert told.stdout.split() == [
        base,
        simulator,
        f"{simulator}/v1",
        _get(f"{base}/DATABASE_URL"),
        _get(f"{base}/REDIS_URL"),
    ]


def _a_second_run_says_where_the_first_one_is(checkout: Path, base: str) -> None:
    second = _launcher(checkout, "run")
    assert second.returncode == 1
    assert f"already running at {base}" in second.stderr


def _what_dies_comes_back(local: Path, run: Run) -> None:
    before = server_pids(local)
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(server_pids(local)) == 2)
    assert set(server_pids(local).values()).isdisjoint(before.values())
    masters = [line for line in run.lines if "Listening at" in line]
    os.kill(int(masters[0].rpartition("(")[2].rstrip(")\n")), signal.SIGKILL)
    run.wait_for("web       | [ended by SIGKILL]")
    eventually(lambda: len([line for line in run.lines if "Listening at" in line]) == 2)


def test_a_run_that_cannot_begin_says_so_in_one_line(checkout: Path) -> None:
    for variables, trouble in (
        ({"PORT": "80x"}, "PORT must be a number"),
        ({"OUTBOUND_DATA_DIR": "/proc/none"}, "cannot create /proc/none"),
    ):
        refused = _launcher(checkout, "run", **variables)
        assert refused.returncode == 1
        assert trouble in refused.stderr
        assert "Traceback" not in refused.stderr


def test_an_unknown_command_is_answered_with_the_known_ones(checkout: Path) -> None:
    assert _launcher(checkout, "walk").returncode == 2
    assert "run,demo,screenshots,exec,clean" in _launcher(checkout).stderr


def test_a_missing_program_is_named(checkout: Path) -> None:
    own = {"DATABASE_URL": "postgres://db/app", "REDIS_URL": "redis://broker/0"}
    missing = _launcher(checkout, "exec", "--", "no-such-program", **own)
    assert missing.returncode == 1
    assert "cannot run no-such-program" in missing.stderr
