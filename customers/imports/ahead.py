"""Read a file in a process of its own, so that checking the next rows and writing the last ones take turns on nothing.

Checking a row costs as much as writing it, most of it for its phone number, and threads of one process would only wait
for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from lib.errors import DomainError

T = TypeVar("T")


def read_ahead(items: Iterator[T]) -> Generator[T]:
    """Yield `items`, which are made in a child process while the caller works; it is one or two items ahead.

    Items must be picklable and must not need the database. Close the iterator when giving up early. In a process of
    several threads, items are made in it as before: a child would inherit locks that other threads hold, and wait for
    ever. Raises the DomainError that `items` raises, and RuntimeError where the child dies.
    """
    if threading.active_count() > 1:
        yield from items
        return
    context = get_context("fork")  # the child goes on with the file as it is opened here
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send_all, args=(items, sender, receiver), daemon=True)
    child.start()
    sender.close()
    try:
        yield from _received(receiver)
    finally:
        receiver.close()
        child.kill()  # it has ended by itself unless the caller gave up
        child.join()
        child.close()


def _send_all(items: Iterator[Any], sender: Connection, receiver: Connection) -> None:
    """Send every item, then None, or the error that ends them. Runs in the child."""
    receiver.close()  # so that the death of the parent, which has the other copy, breaks the pipe
    with suppress(BrokenPipeError):
        try:
            for item in items:
                sender.send(item)
        except DomainError as error:
            sender.send(error)
        else:
            sender.send(None)


def _received(receiver: Connection) -> Iterator[Any]:
    while True:
        try:
            item = receiver.recv()
        except EOFError:
            raise RuntimeError(
                "the process that reads the file died; the import goes on when it is run again"
            ) from None
        if item is None:
            return
        if isinstance(item, DomainError):
            raise item
        yield item
