"""State machines as data: which moves an object's status may make.

The same table guards twice. Services read `Lifecycle.sources` for their ``UPDATE … WHERE status IN (…)``, and a
trigger in the database refuses every other move; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lib.errors import DomainError


class TransitionRefused(DomainError):
    """Say that an object may not move from its present status to the one asked for."""

    code = "transition_refused"

    def __init__(self, subject: str, current: str, wanted: str) -> None:
        message = f"a {current} {subject} cannot become {wanted}"
        if current == wanted:
            message = f"this {subject} is {current} already"
        super().__init__(message, subject=subject, current=current, wanted=wanted)
        self.subject = subject
        self.current = current
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The moves one kind of object may make: ``{from: {to, …}}``."""

    subject: str
    moves: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, subject: str, moves: Mapping[str, Iterable[str]]) -> Lifecycle:
        return cls(subject, {source: frozenset(targets) for source, targets in moves.items()})

    @property
    def states(self) -> frozenset[str]:
        return frozenset(self.moves)

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Return every legal move as (from, to)."""
        return frozenset((source, target) for source, targets in self.moves.items() for target in targets)

    def allows(self, current: str, wanted: str) -> bool:
        return wanted in self.moves.get(current, frozenset())

    def sources(self, wanted: str) -> tuple[str, ...]:
        """Return the states from which `wanted` can be reached, sorted."""
        return tuple(sorted(source for source, targets in self.moves.items() if wanted in targets))

    def require(self, current: str, wanted: str) -> None:
        """Raise `TransitionRefused` unless the move is legal."""
        if not self.allows(current, wanted):
            raise TransitionRefused(self.subject, current, wanted)
