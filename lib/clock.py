"""Tell the time decisions are made by: the real clock, or one shifted and scaled for demos and tests.

Times of people (due, windows, gaps, records) come from this clock. Times of machines (leases, time-outs) come from
the real one. `organizations` has the twin of `now` in SQL, the function ``app_clock()``: both compute the same line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

# The database session variable that carries the simulated line, as `str(SimulatedClock)`; empty in real time.
SESSION_VARIABLE = "outbound.simulated_clock"
_SEPARATOR = ","


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """A straight line: at `real_anchor` it is `simulated_anchor`, and `rate` simulated seconds pass in each second."""

    real_anchor: datetime
    simulated_anchor: datetime
    rate: float

    @classmethod
    def parse(cls, text: str) -> SimulatedClock:
        """Read ``<real anchor>,<simulated anchor>,<rate>`` with ISO 8601 times. Raises ValueError."""
        real, simulated, rate = text.split(_SEPARATOR)
        anchors = datetime.fromisoformat(real), datetime.fromisoformat(simulated)
        if any(anchor.tzinfo is None for anchor in anchors) or float(rate) < 0:
            raise ValueError("a simulated clock needs times with a zone and a rate of 0 or more")
        return cls(anchors[0].astimezone(UTC), anchors[1].astimezone(UTC), float(rate))

    def __str__(self) -> str:
        return _SEPARATOR.join([self.real_anchor.isoformat(), self.simulated_anchor.isoformat(), repr(self.rate)])

    def at(self, real: datetime) -> datetime:
        """Return the simulated time at the real instant `real`."""
        return self.simulated_anchor + (real - self.real_anchor) * self.rate


_simulated: SimulatedClock | None = None


def install(clock: SimulatedClock | None) -> None:
    """Make every later `now` of this process follow `clock`; None is the real time. Called by the settings."""
    global _simulated
    _simulated = clock


def simulated() -> SimulatedClock | None:
    """Return the simulated clock in force, None in real time."""
    return _simulated


def now() -> datetime:
    """Return the current time in UTC by the clock in force."""
    real = datetime.now(UTC)
    return _simulated.at(real) if _simulated else real


def rate() -> float:
    """Return how many seconds of this clock pass in one real second."""
    return _simulated.rate if _simulated else 1.0
