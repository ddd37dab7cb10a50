"""Lock files with flock, which the kernel releases however a process ends, kill -9 included.

A lock belongs to the open file, not to the process: children inherit it, and it is free once the last copy is closed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import LaunchError

POLL_SECONDS = 0.01


def try_lock(path: Path) -> int | None:
    """Lock the file at `path`, created if missing, for this holder alone.

    Return its descriptor, whose closing releases the lock, or None where another holds the lock.
    """
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def lock_shared(path: Path) -> int:
    """Join those who hold the lock at `path` together; wait while one holds it alone. Return the descriptor."""
    descriptor = _open(path)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def release(descriptor: int) -> None:
    """Release a lock also on behalf of forked children, which hold a copy of the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def is_held(path: Path) -> bool:
    """Tell whether any process holds the lock at `path`. Call it only where nobody else may be trying the lock."""
    descriptor = try_lock(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def exclusive(path: Path, *, wait_seconds: float, busy: str) -> Iterator[int]:
    """Hold the lock at `path` alone; raise LaunchError with the text `busy` if not had within `wait_seconds`."""
    deadline = time.monotonic() + wait_seconds
    while (descriptor := try_lock(path)) is None:
        if time.monotonic() > deadline:
            raise LaunchError(busy)
        time.sleep(POLL_SECONDS)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
