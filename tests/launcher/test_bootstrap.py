from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.paths import CHECKOUT

UNKNOWN = "no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing to install, and with a pip that takes no time over it."""
    shutil.copytree(CHECKOUT / "launcher", tmp_path / "launcher", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    for wheel in (tmp_path / "launcher" / "vendor").iterdir():
        wheel.rename(tmp_path / "real-pip")
        (wheel / "pip").mkdir(parents=True)
        (wheel / "pip" / "__main__.py").touch()
    (tmp_path / "requirements").mkdir()
    for name in ("runtime", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("")
    return tmp_path


@pytest.fixture
def checkout_with_pip(checkout: Path) -> Path:
    [wheel] = (checkout / "launcher" / "vendor").iterdir()
    shutil.rmtree(wheel)
    (checkout / "real-pip").rename(wheel)
    (checkout / "requirements" / "runtime.txt").write_text(UNKNOWN)
    return checkout


def _make(checkout: Path, target: str, **variables: str) -> subprocess.CompletedProcess[str]:
    # Without what a make around these tests hands down.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment = {**inherited, "PYTHON": sys.executable, **variables}
    command = ["make", "--no-print-directory", target]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def _installs(checkout: Path, target: str = "runtime") -> bool:
    done = _make(checkout, target)
    assert done.returncode == 0, done.stderr
    return "Installing" in done.stdout


def test_an_environment_is_made_once(checkout: Path) -> None:
    assert _installs(checkout)
    assert not _installs(checkout)
    subprocess.run([checkout / ".venv/bin/python", "-c", "import sqlite3"], check=True)


def test_the_development_set_serves_the_runtime_too(checkout: Path) -> None:
    assert _installs(checkout, "dev")
    assert not _installs(checkout, "runtime")


def test_a_new_lock_makes_the_environment_anew(checkout: Path) -> None:
    _installs(checkout)
    left_over = checkout / ".venv" / "left-over"
    left_over.touch()
    (checkout / "requirements" / "runtime.txt").write_text("# resolved again\n")
    assert _installs(checkout)
    assert not left_over.exists()


def test_a_broken_environment_is_made_anew(checkout: Path) -> None:
    _installs(checkout)
    (checkout / ".venv/bin/python").unlink()
    (checkout / ".venv/bin/python").symlink_to("/nowhere/python")
    assert _installs(checkout)


def test_an_interrupted_installation_does_not_count(checkout: Path) -> None:
    _installs(checkout)
    (checkout / ".venv/installed-runtime.json").unlink()
    assert _installs(checkout)


def test_a_moved_checkout_gets_an_environment_of_its_own(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _installs(checkout)
    moved = checkout.rename(tmp_path_factory.mktemp("elsewhere") / "checkout")
    assert _installs(moved)


def test_a_folder_that_is_no_environment_is_not_deleted(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "thesis.txt").touch()
    refused = _make(checkout, "runtime")
    assert "is not an environment made here" in refused.stderr
    assert (checkout / ".venv" / "thesis.txt").exists()


def test_a_package_without_a_wheel_for_this_platform_is_named(checkout_with_pip: Path) -> None:
    refused = _make(checkout_with_pip, "runtime", PIP_NO_INDEX="1")
    assert refused.returncode != 0
    assert "no ready-made no-such-package==1.0 for Python 3." in refused.stderr
    assert "DATABASE_URL" in refused.stderr


def test_an_index_out_of_reach_is_told_as_such(checkout_with_pip: Path) -> None:
    refused = _make(
        checkout_with_pip,
        "runtime",
        PIP_INDEX_URL="http://127.0.0.1:1/simple",
        PIP_RETRIES="1",
        PIP_CONFIG_FILE="/dev/null",
    )
    assert "pip cannot reach its package index" in refused.stderr


def test_a_python_too_old_is_told_in_one_line(checkout: Path) -> None:
    old = checkout / "python-of-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    refused = _make(checkout, "run", PYTHON=str(old))
    assert f"{old} is too old: Python 3.11 or newer is needed" in refused.stderr
    assert not (checkout / ".venv").exists()


def test_make_alone_lists_the_targets() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[1] for line in listed.splitlines()] == [
        "help", "run", "demo", "test", "quick", "faults", "fuzz", "bench", "seed-million", "screenshots", "lint",
        "types", "fmt", "lock", "clean",
    ]  # fmt: skip


def test_clean_removes_what_was_made_here_and_nothing_else(checkout: Path) -> None:
    _installs(checkout)
    (checkout / ".ruff_cache").mkdir()
    assert _make(checkout, "clean").returncode == 0
    assert sorted(path.name for path in checkout.iterdir()) == ["Makefile", "launcher", "real-pip", "requirements"]
