from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher import locks
from launcher.errors import LaunchError
from tests.launcher.conftest import Interpreter

HOLD = """
import sys; from pathlib import Path; from launcher import locks
lock = locks.try_lock(Path(sys.argv[1])); print(lock is not None, flush=True); sys.stdin.read()
"""


def test_a_lock_is_free_again_when_its_holder_is_killed(
    tmp_path: Path, interpreter: Callable[..., Interpreter]
) -> None:
    holder = interpreter(HOLD, str(tmp_path / "lock"))
    assert holder.line() == "True"
    assert locks.is_held(tmp_path / "lock")
    holder.kill()
    assert not locks.is_held(tmp_path / "lock")


def test_those_who_share_a_lock_keep_it_from_one_who_wants_it_alone(tmp_path: Path) -> None:
    one, other = locks.lock_shared(tmp_path / "lock"), locks.lock_shared(tmp_path / "lock")
    locks.release(one)
    assert locks.try_lock(tmp_path / "lock") is None
    locks.release(other)
    assert not locks.is_held(tmp_path / "lock")


def test_waiting_for_a_lock_ends_with_the_message_given(tmp_path: Path) -> None:
    with (
        locks.exclusive(tmp_path / "lock", wait_seconds=0, busy=""),
        pytest.raises(LaunchError, match="too busy"),
        locks.exclusive(tmp_path / "lock", wait_seconds=0.05, busy="too busy"),
    ):
        pass


def test_a_copy_of_the_descriptor_holds_the_lock_until_it_is_released(tmp_path: Path) -> None:
    lock = locks.lock_shared(tmp_path / "lock")
    copy = os.dup(lock)
    locks.release(lock)
    assert not locks.is_held(tmp_path / "lock")
    os.close(copy)
