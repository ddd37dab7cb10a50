"""What the state machine knows by itself: what was promised to whom, and what really happened.

Every contact is judged at the moment it happens, by rules written down here a second time: no table of ours is asked
but for the person a target stands for, and no hour is worked out by `lib.windows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from providers.base import CallRequest, MessageRequest
from targets.models import Attempt, ReviewItem
from tests.faults.machine_vendor import Call, Vendor
from tests.faults.machine_world import ALWAYS, WEEKDAYS, Person, World
from tests.lib.tzif import read_zone

DAY = timedelta(days=1)
GAP = timedelta(minutes=10)
EVERYWHERE = "everywhere"
_LIVE = ("reserved", "submitting", "unknown", "accepted")


@dataclass(slots=True)
class Rules:
    """What a campaign promised: hours, by zone where they differ, and how many calls."""

    organization: str
    maximum_calls: int
    windows: list[dict[str, Any]] = field(default_factory=lambda: WEEKDAYS)
    windows_by_zone: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    default_zone: str = ""
    is_stopped: bool = False  # by an operator, who has not started it again


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody was contacted: a request reached the vendor, and the vendor carried it out."""

    at: datetime
    target_id: str
    person: Person
    channel: str
    address: str
    call: Call | None


@dataclass(slots=True)
class Facts:
    """The machine's own book."""

    world: World
    vendor: Vendor
    rules: list[Rules] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    enrolled: set[tuple[int, int]] = field(default_factory=set)  # (campaign, person)
    # {(organization or everywhere, address, channel or ""): until when, None for ever}
    suppressed: dict[tuple[str, str, str], datetime | None] = field(default_factory=dict)
    switched_off: set[str] = field(default_factory=set)  # everywhere, an organization, or organization/kind
    blackouts: dict[str, tuple[date, date]] = field(default_factory=dict)
    daily_caps: Counter[str] = field(default_factory=lambda: Counter(acme=5, globex=5))
    denied: set[str] = field(default_factory=set)  # references of calls a person declared never made
    latest: tuple[str, str, str] = ("", "", "")  # owner, channel and address of the request judged last

    def suppress(
        self, owner: str, addresses: Collection[str], channel: str = "", until: datetime | None = None
    ) -> None:
        for address in filter(None, addresses):
            key = (owner, address, channel)
            stands = key in self.suppressed and not self._is_over(self.suppressed[key])
            before = self.suppressed.get(key) if stands else self.world.now
            self.suppressed[key] = None if until is None or before is None else max(until, before)

    def is_suppressed(self, owner: str, address: str, channel: str) -> bool:
        keys = [(o, address, c) for o in (owner, EVERYWHERE) for c in ("", channel)]
        return any(key in self.suppressed and not self._is_over(self.suppressed[key]) for key in keys)

    def _is_over(self, until: datetime | None) -> bool:
        return until is not None and until <= self.world.now

    def judge(self, channel: str, request: CallRequest | MessageRequest) -> None:
        """Say whether this contact was allowed to happen now. Called when a request reaches the vendor."""
        attempt = Attempt.objects.select_related("target", "campaign").get(pk=request.reference)
        number = next(n for n, campaign in enumerate(self.world.campaigns) if campaign.pk == attempt.campaign_id)
        person, rules = self.world.person_of(attempt.customer_id), self.rules[number]
        address = request.to_address if isinstance(request, MessageRequest) else request.to_number
        owner, now = rules.organization, self.world.now
        self.latest = (owner, channel, address)
        assert attempt.state == "submitting", "the intent was not written down before the request"
        assert address in person.addresses, "somebody else was contacted"
        assert not rules.is_stopped, "a stopped campaign contacted somebody"
        self._judge_switches(owner, channel)
        assert not self.is_suppressed(owner, address, channel), f"{address} wanted no {channel}"
        for zone in person.zones(rules.default_zone, address) or {"nowhere"}:
            assert self._is_open(rules, zone, now), f"{address} was contacted outside their hours in {zone}"
        self._judge_pace(attempt, person, rules, now)
        asked = ReviewItem.objects.filter(target=attempt.target_id, kind="unknown_attempt", decided_at__isnull=True)
        assert not asked.exists(), "somebody was contacted while a person is asked whether they already were"

    def note(self, channel: str, request: CallRequest | MessageRequest, call: Call | None) -> None:
        """Write down a contact that really took place."""
        attempt = Attempt.objects.get(pk=request.reference)
        person, address = self.world.person_of(attempt.customer_id), self.latest[2]
        self.contacts.append(Contact(self.world.now, str(attempt.target_id), person, channel, address, call))

    def _judge_switches(self, owner: str, channel: str) -> None:
        kind = "elevenlabs" if channel == "call" else channel
        off = self.switched_off & {EVERYWHERE, owner, f"{owner}/{kind}"}
        assert not off, f"contacted although {off} is switched off"

    def _judge_pace(self, attempt: Attempt, person: Person, rules: Rules, now: datetime) -> None:
        theirs = [c for c in self.contacts if c.person.organization == rules.organization]
        reached = [c for c in theirs if c.person is person or c.address in (attempt.address, *person.addresses)]
        assert all(c.at + GAP <= now for c in reached), "contacted again within the minimum gap"
        mine = [c for c in theirs if c.person is person and c.at > now - DAY]
        assert len(mine) < self.daily_caps[rules.organization], "contacted beyond the daily cap"
        if attempt.channel == "call":
            earlier = [c.call for c in theirs if c.target_id == str(attempt.target_id) and c.call is not None]
            used = [call for call in earlier if self._uses_up(call)]
            assert len(used) < rules.maximum_calls, "more calls than the policy allows"
        others = Attempt.objects.filter(customer_id=attempt.customer_id, state__in=_LIVE[1:]).exclude(pk=attempt.pk)
        assert not others.exists(), "somebody was contacted who was in contact already"

    def _uses_up(self, call: Call) -> bool:
        return call.end != "failed" and call.request.reference not in self.denied

    def _is_open(self, rules: Rules, zone: str, at: datetime) -> bool:
        """Evaluate hours by minutes of a week, from the compiled zone files alone."""
        second = int(at.timestamp())
        day, second_of_day = divmod(second + read_zone(zone).offset(second), 86_400)
        ordinal = date(1970, 1, 1).toordinal() + day
        blackout = self.blackouts.get(rules.organization)
        if blackout and blackout[0].toordinal() <= ordinal <= blackout[1].toordinal():
            return False
        weekday, minute = (ordinal - 1) % 7, second_of_day // 60
        return any(_covers(window, weekday, minute) for window in rules.windows_by_zone.get(zone, rules.windows))


def _covers(window: dict[str, Any], weekday: int, minute: int) -> bool:
    start, end = (60 * int(window[edge][:2]) + int(window[edge][3:5]) for edge in ("start", "end"))
    if start < end:
        return weekday in window["days"] and start <= minute < end
    return (weekday in window["days"] and minute >= start) or ((weekday - 1) % 7 in window["days"] and minute < end)


def rules_of_the_world() -> list[Rules]:
    """Return the rules of the world's three campaigns, none of which is started."""
    return [
        Rules("acme", 3, is_stopped=True),
        Rules("acme", 2, is_stopped=True),
        Rules(
            "globex",
            3,
            windows_by_zone={"America/Los_Angeles": ALWAYS},
            default_zone="America/New_York",
            is_stopped=True,
        ),
    ]
