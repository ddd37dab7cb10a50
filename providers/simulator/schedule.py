"""Do things later: one thread and a heap, however many calls are in the air."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from itertools import count
from threading import Condition, Thread
from time import monotonic

logger = logging.getLogger(__name__)
Action = Callable[[], None]


class Schedule:
    """Run actions, in order of their due times, in one thread of its own. Actions must be brief."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Action]] = []
        self._order = count()
        self._changed = Condition()
        self._stopped = False
        self._busy = False
        self._thread = Thread(target=self._run, name="simulator-schedule", daemon=True)

    def start(self) -> None:
        """Begin to run actions."""
        self._thread.start()

    def stop(self) -> None:
        """Forget what is not done yet and wait for the action under way."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    @property
    def size(self) -> int:
        """Return how many actions are still to come, the one under way included."""
        return len(self._heap) + self._busy

    def after(self, seconds: float, action: Action) -> None:
        """Run `action` in `seconds` real seconds."""
        with self._changed:
            heapq.heappush(self._heap, (monotonic() + seconds, next(self._order), action))
            if self._heap[0][2] is action:
                self._changed.notify()

    def _run(self) -> None:
        while action := self._next():
            try:
                action()
            except Exception:
                logger.exception("a scheduled action failed")  # one bad action must not end all that come after it
            finally:
                self._busy = False

    def _next(self) -> Action | None:
        with self._changed:
            while not self._stopped:
                if not self._heap:
                    self._changed.wait()
                elif (seconds := self._heap[0][0] - monotonic()) > 0:
                    self._changed.wait(seconds)
                else:
                    self._busy = True
                    return heapq.heappop(self._heap)[2]
        return None
