"""Count the calls in the air, and how many there ever were at once."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Any


class Stats:
    """Count live calls over all, per account and per number called from. A call lives from acceptance to hanging up."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._placed = 0
        self._live: dict[str, Counter[str]] = {"account": Counter(), "from": Counter(), "": Counter()}
        self._peak: dict[str, Counter[str]] = {"account": Counter(), "from": Counter(), "": Counter()}

    def placed(self, account: str, from_id: str) -> None:
        """Count a call that was accepted."""
        with self._lock:
            self._placed += 1
            for group, member in (("", ""), ("account", account), ("from", from_id)):
                live, peak = self._live[group], self._peak[group]
                live[member] += 1
                peak[member] = max(peak[member], live[member])

    def ended(self, account: str, from_id: str) -> None:
        """Count a call that was hung up or never came about."""
        with self._lock:
            for group, member in (("", ""), ("account", account), ("from", from_id)):
                self._live[group][member] -= 1

    def report(self) -> dict[str, Any]:
        """Return the numbers as one JSON object."""
        with self._lock:
            return {
                "placed": self._placed,
                "live": self._live[""][""],
                "max_live": self._peak[""][""],
                "live_by_account": dict(self._live["account"]),
                "max_live_by_account": dict(self._peak["account"]),
                "live_by_from": dict(self._live["from"]),
                "max_live_by_from": dict(self._peak["from"]),
            }
