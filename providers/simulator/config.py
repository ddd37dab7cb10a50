"""Say how a simulator is to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lib import clock
from providers.simulator.faults import Faults
from providers.simulator.personas import PERSONAS


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Everything a simulator needs to know. Raises ValueError on nonsense.

    ``time_factor`` is how many seconds of a call pass in one real second: at 300, five minutes take one second. Where
    `lib.clock` is simulated its rate counts instead, so that calls and the engine's clock agree. ``forced`` maps E.164
    numbers to persona names. ``transcript_latency_seconds`` (of call time) pass between hanging up and the transcript;
    ``completion_latency_seconds`` (real) before every model answer. ``port`` is
    of HTTP, ``mail_port`` of SMTP; 0 takes any free one.
    """

    log_path: Path
    accounts_path: Path
    host: str = "127.0.0.1"
    port: int = 0
    mail_port: int = 0
    seed: int = 1
    time_factor: float = 300.0
    faults: Faults = field(default_factory=Faults)
    forced: Mapping[str, str] = field(default_factory=dict)
    transcript_latency_seconds: float = 4.0
    completion_latency_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.time_factor <= 0:
            raise ValueError("time_factor must be above 0")
        if unknown := set(self.forced.values()) - set(PERSONAS):
            raise ValueError(f"no such persona: {', '.join(sorted(unknown))}")

    @property
    def speed(self) -> float:
        """Return how many seconds of a call pass in one real second."""
        return clock.rate() if clock.simulated() and clock.rate() > 0 else self.time_factor

    def real_seconds(self, seconds: float) -> float:
        """Return the real duration of `seconds` of a call."""
        return seconds / self.speed
