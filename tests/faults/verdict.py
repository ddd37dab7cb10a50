"""What a fault came to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Verdict:
    """What a run came to. `broken` names each promise that was not kept, with how often."""

    kills: int = 0
    dials: int = 0
    duplicates: int = 0
    lost: int = 0
    converged_seconds: float | None = None
    broken: dict[str, int] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.broken

    def require(self, holds: bool, promise: str, times: int = 1) -> None:
        """Note that a promise was not kept, unless it holds."""
        if not holds:
            self.broken[promise] = self.broken.get(promise, 0) + times
