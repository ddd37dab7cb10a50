"""Describe what goes wrong, and throw the dice for it.

Probabilities are 0..1 and default to 0; every duration here is in real seconds, because faults are of machines. The
JSON form has the same nested names: ``{"voice": {"before_500": 0.03}, "webhooks": {"lost": 1}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from random import Random
from typing import Self

_BEFORE = ("before_500", "rate_limited", "concurrent_limit", "rejected", "success_false")
_AFTER = ("accepted_then_500", "accepted_then_hang", "accepted_then_reset", "slow_answer")
_ANSWER = ("malformed", "refused", "truncated", "rate_limited", "server_error")
CHANCES = frozenset(
    (*_BEFORE, *_AFTER, *_ANSWER, "refused_later", "slow", "lost", "duplicated", "delayed", "early", "forged")
)
FINE = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """A group of faults whose names in `CHANCES` are probabilities."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{each.name} must be a number of 0 or more")
            if each.name in CHANCES and value > 1:
                raise ValueError(f"{each.name} is a probability, 0..1")

    @classmethod
    def read(cls, raw: object) -> Self:
        """Return the part described by a JSON object. Raises ValueError on an unknown name or a bad value."""
        if not isinstance(raw, Mapping):
            raise ValueError("expected an object")
        if unknown := set(raw) - {each.name for each in fields(cls)}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        return cls(**raw)


@dataclass(frozen=True, slots=True)
class RequestFaults(_Part):
    """What can go wrong when something is submitted.

    The first four exclude each other and mean that nothing happened: HTTP 500; 429 with Retry-After; 429 for too many
    at once (WhatsApp: 131056); a bad number (4xx; WhatsApp: 131026).
    The ``accepted_then_*`` ones and ``slow_answer`` exclude each other too and mean that it did happen.
    """

    before_500: float = 0.0
    rate_limited: float = 0.0
    concurrent_limit: float = 0.0
    rejected: float = 0.0
    accepted_then_500: float = 0.0
    accepted_then_hang: float = 0.0
    accepted_then_reset: float = 0.0
    slow_answer: float = 0.0
    hang_seconds: float = 20.0
    slow_seconds: float = 2.0
    retry_after_seconds: int = 1


@dataclass(frozen=True, slots=True)
class DialFaults(RequestFaults):
    """Those of the voice vendor: one more way of nothing happening, HTTP 200 with ``success: false``."""

    success_false: float = 0.0


@dataclass(frozen=True, slots=True)
class MessageFaults(RequestFaults):
    """Those of WhatsApp: ``refused_later`` of the refusals come as a ``failed`` status after a 200 instead."""

    refused_later: float = 0.0


@dataclass(frozen=True, slots=True)
class WebhookFaults(_Part):
    """What can go wrong with an event: never sent, sent 2..5 times, up to ``delay_seconds`` late (and so out of order),
    sent before the request that caused it is answered, accompanied by a forgery with a bad signature."""

    lost: float = 0.0
    duplicated: float = 0.0
    delayed: float = 0.0
    early: float = 0.0
    forged: float = 0.0
    delay_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class AnswerFaults(_Part):
    """What can go wrong with a model's answer; all but ``slow`` exclude each other."""

    malformed: float = 0.0
    refused: float = 0.0
    truncated: float = 0.0
    rate_limited: float = 0.0
    server_error: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 2.0
    retry_after_seconds: int = 1


@dataclass(frozen=True, slots=True)
class Faults:
    """All faults in force. A placed call is missing from the call list for ``list_lag_seconds``; 1e9 means for ever."""

    voice: DialFaults = field(default_factory=DialFaults)
    whatsapp: MessageFaults = field(default_factory=MessageFaults)
    email: RequestFaults = field(default_factory=RequestFaults)
    analysis: AnswerFaults = field(default_factory=AnswerFaults)
    webhooks: WebhookFaults = field(default_factory=WebhookFaults)
    list_lag_seconds: float = 0.0

    @classmethod
    def read(cls, raw: object) -> Faults:
        """Return the faults described by a JSON object. Raises ValueError on an unknown name or a bad value."""
        if not isinstance(raw, Mapping) or set(raw) - {each.name for each in fields(cls)}:
            raise ValueError(f"expected an object of {', '.join(each.name for each in fields(cls))}")
        lag = raw.get("list_lag_seconds", 0.0)
        if isinstance(lag, bool) or not isinstance(lag, int | float) or lag < 0:
            raise ValueError("list_lag_seconds must be a number of 0 or more")
        return cls(
            DialFaults.read(raw.get("voice", {})),
            MessageFaults.read(raw.get("whatsapp", {})),
            RequestFaults.read(raw.get("email", {})),
            AnswerFaults.read(raw.get("analysis", {})),
            WebhookFaults.read(raw.get("webhooks", {})),
            lag,
        )


class Dice:
    """Decide by a seeded random source which fault strikes now."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"faults:{seed}")

    def before(self, faults: RequestFaults) -> str:
        """Return the name of the fault that keeps a request from having any effect, or `FINE`."""
        return self._one_of(faults, _BEFORE)

    def after(self, faults: RequestFaults) -> str:
        """Return the name of the fault that strikes once a request has had its effect, or `FINE`."""
        return self._one_of(faults, _AFTER)

    def answer(self, faults: AnswerFaults) -> str:
        """Return the name of the fault that spoils a model's answer, or `FINE`."""
        return self._one_of(faults, _ANSWER)

    def strikes(self, chance: float) -> bool:
        """Tell whether something with this probability happens now."""
        return self._random.random() < chance

    def copies(self, faults: WebhookFaults) -> int:
        """Return how many times a webhook is sent: 0 if it is lost, else 1..5."""
        if self.strikes(faults.lost):
            return 0
        return self._random.randint(2, 5) if self.strikes(faults.duplicated) else 1

    def lateness(self, faults: WebhookFaults) -> float:
        """Return how many real seconds one delivery is late."""
        return self._random.uniform(0, faults.delay_seconds) if self.strikes(faults.delayed) else 0.0

    def _one_of(self, faults: _Part, names: tuple[str, ...]) -> str:
        throw = self._random.random()
        for name in names:
            throw -= getattr(faults, name, 0.0)
            if throw < 0:
                return name
        return FINE
