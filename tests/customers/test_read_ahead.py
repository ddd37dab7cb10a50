"""Making the next item in a process of its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from customers.exceptions import UnusableFile
from customers.imports.ahead import read_ahead
from tests.connections import start_beside


def items(wanted: int = 3) -> Iterator[tuple[int, int]]:
    for number in range(wanted):
        yield number, os.getpid()


def test_items_come_in_their_order_from_another_process() -> None:
    numbers, makers = zip(*read_ahead(items()), strict=True)
    assert numbers == (0, 1, 2)
    assert len(set(makers)) == 1
    assert os.getpid() not in makers


def test_nothing_comes_of_nothing() -> None:
    assert list(read_ahead(items(0))) == []


def test_an_error_of_the_domain_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise UnusableFile("the file is damaged")

    made = read_ahead(failing())
    assert next(made) == 1
    with pytest.raises(UnusableFile, match="damaged") as caught:
        next(made)
    assert caught.value.message == "the file is damaged"


def test_the_death_of_the_child_is_an_error_and_not_the_end_of_the_file() -> None:
    def dying() -> Iterator[int]:
        yield 1
        os._exit(9)

    made = read_ahead(dying())
    assert next(made) == 1
    with pytest.raises(RuntimeError, match="died"):
        next(made)


def test_giving_up_early_ends_the_child() -> None:
    with closing(read_ahead(items(1_000_000))) as made:
        _number, child = next(made)
        os.kill(child, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_beside_other_threads_items_are_made_in_this_process() -> None:
    done = threading.Event()
    other = start_beside(lambda: done.wait(10))
    try:
        assert list(read_ahead(items())) == [(number, os.getpid()) for number in range(3)]
    finally:
        done.set()
        other.result(10)
