"""Do something all the time while something else is broken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def in_background(work: Callable[[threading.Event], None], *, threads: int = 1) -> Iterator[None]:
    """Run `work` in threads of its own inside the block; it returns when the event it is given is set."""
    stop = threading.Event()
    running = [threading.Thread(target=work, args=(stop,), daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in running:
            thread.join()
