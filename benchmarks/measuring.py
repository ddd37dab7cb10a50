"""Measure the CPU that work costs here and in the database's server, and hold it against a limit or a peer.

CPU and not the clock on the wall: machines are shared, and what somebody else does must not count.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from django.db import connection

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A claim: `value` is a ratio or rate that should be at most (or at least) `goal`."""

    claim: str
    value: float
    goal: float
    at_least: bool = False
    figures: str = ""

    @property
    def holds(self) -> bool:
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def cpu_of(pid: int) -> float:
    """Return the CPU seconds a process and those of its children that have ended have used. Raises OSError."""
    # The name in brackets may hold spaces; what follows it does not.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def server_cpu() -> float:
    """Return the CPU seconds of the database's process that serves this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cpu_of(cursor.fetchone()[0])


def cost(work: Callable[[], object]) -> float:
    """Return the CPU seconds `work` takes, in this process and in the server of its connection."""
    server, client = server_cpu(), time.process_time()
    work()
    return time.process_time() - client + server_cpu() - server


def interleaved(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Return the median cost of each of `works`, run in turn so that a busy moment hits all alike."""
    costs = [[cost(work) for work in works] for _ in range(rounds)]
    return [median(column) for column in zip(*costs, strict=True)]
