from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from launcher.paths import CHECKOUT
from launcher.services import running_services, server_pids

NAMES = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY")
REPORT = """
import os, time; from launcher.services import ensure_environment
start = time.perf_counter(); ensure_environment(durable=False); print(time.perf_counter() - start)
for name in %r: print(os.environ.get(name, ""))
""" % (NAMES,)  # noqa: UP031  # the code has braces of its own


def _report(data_dir: Path, **variables: str) -> tuple[float, dict[str, str]]:
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    environment |= {"OUTBOUND_DATA_DIR": str(data_dir), **variables}
    command = [sys.executable, "-c", REPORT]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True)
    seconds, *values = done.stdout.splitlines()
    return float(seconds), dict(zip(NAMES, values, strict=True))


def test_a_process_gets_servers_for_its_lifetime(data_dir: Path) -> None:
    _, first = _report(data_dir)
    assert all(first.values())
    assert server_pids(data_dir) == {}
    _, second = _report(data_dir)
    assert second == first


def test_joining_running_servers_takes_less_than_50_ms(data_dir: Path) -> None:
    with running_services(data_dir, durable=False):
        assert min(_report(data_dir)[0] for _ in range(3)) < 0.05


def test_servers_of_ones_own_are_left_alone(open_folder: Path) -> None:
    own = {"DATABASE_URL": "postgres://db/app", "REDIS_URL": "redis://broker/0"}
    _, seen = _report(open_folder / "not-needed", **own)
    assert seen == {**dict.fromkeys(NAMES, ""), **own}
    assert not (open_folder / "not-needed").exists()


def test_a_variable_that_is_set_is_kept(data_dir: Path) -> None:
    _, seen = _report(data_dir, SECRET_KEY="chosen", REDIS_URL="redis://broker/0")
    assert seen["SECRET_KEY"] == "chosen"
    assert seen["REDIS_URL"] == "redis://broker/0"
    assert seen["DATABASE_URL"].startswith("postgresql://app:")
