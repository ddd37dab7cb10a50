"""Step between two statements of the engine, and put worse statements in their place. For tests on real PostgreSQL."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import pytest
from django.db.backends.utils import CursorWrapper

from lib import crash_points
from tests.connections import start_beside

T = TypeVar("T")

# A call beside that has not come back by then waits for a lock that is held here.
BLOCKED_SECONDS = 0.7
_Execute = Callable[..., Any]


@contextmanager
def after_statement(pattern: str, do: Callable[[], object]) -> Iterator[None]:
    """Call `do` once, right after this thread has executed a statement that matches `pattern`, inside the block."""
    here, done = threading.get_ident(), threading.Event()
    wanted = re.compile(pattern)
    execute: _Execute = CursorWrapper.execute

    def watch(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        result = execute(self, sql, params)
        if threading.get_ident() == here and not done.is_set() and wanted.search(str(sql)):
            done.set()
            do()
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CursorWrapper, "execute", watch)
        yield
    assert done.is_set(), f"nothing like {pattern} was executed"


@contextmanager
def at_point(name: str, do: Callable[[], object]) -> Iterator[None]:
    """Call `do` the first time the crash point `name` is passed inside the block, in the thread that passes it."""
    done = threading.Event()

    def passed(point: str) -> None:
        if point == name and not done.is_set():
            done.set()
            do()

    crash_points.install(passed)
    try:
        yield
    finally:
        crash_points.install(None)
    assert done.is_set(), f"{name} was never passed"


def beside(call: Callable[[], T]) -> Future[T]:
    """Run `call` on a connection of its own until it is done or waits for a lock."""
    future = start_beside(call)
    with suppress(TimeoutError):
        future.exception(BLOCKED_SECONDS)
    return future


def replace_sql(patch: pytest.MonkeyPatch, pattern: str, by: str) -> None:
    """Execute `by` in the place of what matches `pattern`, in every statement of every thread."""
    wanted = re.compile(pattern)
    execute: _Execute = CursorWrapper.execute

    def worse(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        return execute(self, wanted.sub(by, sql) if isinstance(sql, str) else sql, params)

    patch.setattr(CursorWrapper, "execute", worse)
