"""What a round of fuzzing came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that may not be: to which operation, what is wrong, and the first request that showed it."""

    operation: str
    check: str
    told: str
    request: str
    seed: int

    def __str__(self) -> str:
        return f"{self.operation}: {self.check}: {self.told}\n  seed {self.seed}\n  {self.request}"


@dataclass
class Outcome:
    """The requests made to one dialect, by class of status, and each sort of fault once."""

    dialect: str
    seeds: list[int] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    found: dict[tuple[str, str, str], Fault] = field(default_factory=dict)
    failures: int = 0
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        return self.operations.total()

    def note(self, fault: Fault) -> None:
        """Count a fault, and keep it where there was none of its sort so far."""
        self.failures += 1
        self.found.setdefault((fault.operation, fault.check, fault.told[:60]), fault)
