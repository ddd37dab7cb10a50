"""Remember every simulated call and tell how far it has come."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock
from time import monotonic
from typing import Any

from providers.simulator.personas import UNANSWERED, Persona, Scene
from providers.simulator.scripts import Performance, Play, perform

_DISORDER_SECONDS = 60  # calls placed at the same moment may be entered in any order


class Trunk(StrEnum):
    """How a call leaves the building."""

    TWILIO = "twilio"
    SIP = "sip"


@dataclass(slots=True)
class Call:
    """One call. Durations are seconds of the simulated world, `placed_monotonic` is real; the last three change."""

    id: str
    trunk: Trunk
    leg_id: str
    api_key: str
    account: str
    agent_id: str
    from_id: str
    to_number: str
    reference: str
    client_data: Mapping[str, Any]
    attempt: int
    persona: Persona
    play: Play
    placed_at: datetime
    placed_monotonic: float
    ring_seconds: float
    talk_seconds: int
    hung_up: bool = False
    finished: bool = False

    @property
    def scene(self) -> Scene:
        """Return what happens in the call."""
        return self.play.scene

    @property
    def answered(self) -> bool:
        """Tell whether someone or something picks up."""
        return self.scene not in UNANSWERED

    def performance(self) -> Performance:
        """Return what is said, played again from the script: a million calls need not be kept in memory."""
        return perform(self.play)

    def status(self, speed: float) -> str:
        """Return the vendor's word for how far the call has come, with `speed` call seconds a real second."""
        if self.finished:
            return "done" if self.answered else "failed"
        if self.hung_up:
            return "processing"
        ringing = (monotonic() - self.placed_monotonic) * speed < self.ring_seconds
        return "initiated" if ringing or not self.answered else "in-progress"


@dataclass(frozen=True, slots=True)
class Search:
    """What a caller wants listed; empty means anything. `visible_before` is a reading of the monotonic clock.

    Nobody documents whether a call that started in the very second `after` is listed. Here it is not: whoever cannot
    live with that must ask from a little earlier.
    """

    visible_before: float
    reference: str = ""
    agent_id: str = ""
    after: int = 0
    before: int = 0

    def matches(self, call: Call) -> bool:
        """Tell whether a call belongs in the answer."""
        started = int(call.placed_at.timestamp())
        return (
            call.placed_monotonic <= self.visible_before
            and (not self.reference or call.reference == self.reference)
            and (not self.agent_id or call.agent_id == self.agent_id)
            and (not self.before or started < self.before)
            and started > self.after
        )


class CallBook:
    """Keep the calls of each account, which no other account can see."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_id: dict[str, Call] = {}
        self._by_account: defaultdict[str, list[Call]] = defaultdict(list)
        self._by_reference: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
        self._attempts: Counter[str] = Counter()

    def next_attempt(self, number: str) -> int:
        """Return the how-manieth call to this number comes next, counting it."""
        with self._lock:
            self._attempts[number] += 1
            return self._attempts[number]

    def add(self, call: Call) -> None:
        """Enter a call."""
        with self._lock:
            self._by_id[call.id] = call
            self._by_account[call.api_key].append(call)
            self._by_reference[call.api_key, call.reference].append(call)

    def get(self, api_key: str, call_id: str) -> Call | None:
        """Return the account's call of this id."""
        call = self._by_id.get(call_id)
        return call if call and call.api_key == api_key else None

    def page(self, api_key: str, search: Search, *, cursor: str, size: int) -> tuple[list[Call], str]:
        """Return up to `size` matching calls, newest first, and the next cursor (empty at the end)."""
        with self._lock:
            by_reference = self._by_reference.get((api_key, search.reference), []) if search.reference else None
            calls = self._by_account.get(api_key, []) if by_reference is None else by_reference
            start = min(_position(cursor, len(calls)), len(calls))
        found = list(_newest(calls, start, search, size + 1))
        page = [call for _, call in found[:size]]
        return page, _cursor(found[size - 1][0]) if len(found) > size else ""


def _newest(calls: Sequence[Call], start: int, search: Search, most: int) -> Iterator[tuple[int, Call]]:
    for index in range(start - 1, -1, -1):
        if most and search.matches(calls[index]):
            most -= 1
            yield index, calls[index]
        if not most or calls[index].placed_at.timestamp() < search.after - _DISORDER_SECONDS:
            return


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode()


def _position(cursor: str, default: int) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor)) if cursor else default
    except ValueError:
        return default
