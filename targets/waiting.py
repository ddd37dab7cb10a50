"""Say why people are not being contacted right now: the same answer for the command, the admin and the APIs.

Totals come from the counters. Reasons are read along the queue's index, of so many targets at most that the answer
costs the same at a hundred thousand targets and at a million; all others are counted, without their reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from campaigns.counters import read_counters
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from lib.db.clock import read_clock
from organizations.switches import dialing_stopped_reason
from targets.attempts import load_context
from targets.capacity import Capacity
from targets.capacity_words import levels_in_words
from targets.hold_reasons import in_words, moment
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.people import address_for, candidate_zones

Channel = CampaignTarget.Channel

# Targets looked at in each lane of the queue (a channel and a rank) and each stretch of time.
LOOKED_AT = 5_000
# Different moments told apart for one reason, such as nine o'clock in so many zones.
_MOMENTS = 4
_UNDER_WAY = {
    TargetState.CONTACTING: "in contact",
    TargetState.VERIFYING: "being read",
    TargetState.REVIEW: "in review",
}

# A lane is looked at in stretches of time, so that many who wait for minutes do not hide those who wait for morning.
_LANES = """
SELECT lane.channel, until IS NULL, reason, min(until), max(until), count(*), (array_agg(id))[1]
FROM (SELECT channel, rank FROM unnest(%(channels)s::text[]) channel, unnest(%(ranks)s::int[]) rank) lane
CROSS JOIN LATERAL (
  (SELECT t.id, '' AS reason, NULL::timestamptz AS until
   FROM targets_campaigntarget t
   WHERE t.campaign_id = %(campaign)s AND t.next_channel = lane.channel AND t.queue_rank = lane.rank
     AND t.state = 'ready' AND t.deleted_at IS NULL AND t.next_attempt_at <= %(now)s LIMIT %(most)s)
  UNION ALL
  SELECT held.* FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS stretch(after, last)
  CROSS JOIN LATERAL (
    SELECT t.id, CASE WHEN t.hold_reason = '' AND t.calls_made > 0 THEN 'between_calls' ELSE t.hold_reason END,
           t.next_attempt_at
    FROM targets_campaigntarget t
    WHERE t.campaign_id = %(campaign)s AND t.next_channel = lane.channel AND t.queue_rank = lane.rank
      AND t.state = 'ready' AND t.deleted_at IS NULL
      AND t.next_attempt_at > stretch.after AND t.next_attempt_at <= stretch.last
    ORDER BY t.next_attempt_at, t.id LIMIT %(most)s) AS held) AS front
GROUP BY 1, 2, 3, CASE WHEN reason LIKE 'hours.%%' THEN until END
"""
_STRETCHES = [timedelta(hours=hours) for hours in (0, 1, 3, 6, 12, 24)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number of targets, the rule that holds them, and when they, or the first of them, may go on.

    `until` is None where no time ends the wait; `zone` is the zone of the people, "" where it is not one zone.
    """

    count: int
    reason: str
    until: datetime | None = None
    zone: str = ""
    is_first: bool = False

    def until_in_words(self, now: datetime) -> str:
        if self.until is None:
            return ""
        return f"{', the first' if self.is_first else ''} until {moment(self.until, self.zone, now)}"

    @property
    def words(self) -> str:
        """The whole line without its number: ``outside hours until 09:00 America/Chicago``."""
        return f"{self.reason}{self.until_in_words(read_clock())}"

    def __str__(self) -> str:
        return f"{self.count:,} {self.words}"


class _Group(NamedTuple):
    """Targets of one channel that wait for the same reason, and one of them.

    Those who wait for their hours are told apart by the moment; of all others it is the first and the last.
    """

    channel: str
    is_due: bool
    reason: str
    until: datetime | None
    last: datetime | None
    number: int
    example: UUID


def why_waiting(campaign: Campaign) -> list[Waiting]:
    """Return what a campaign's unfinished targets wait for, the most numerous reason first."""
    counters = read_counters([campaign.pk])[campaign.pk]
    counts = {state: counters.get(f"targets.state.{state}", 0) for state in TargetState}
    under_way = [Waiting(counts[state], words) for state, words in _UNDER_WAY.items() if counts[state]]
    reasons = _ready(campaign, counts[TargetState.READY]) + under_way
    return sorted(reasons, key=lambda waiting: -waiting.count)


def _ready(campaign: Campaign, ready: int) -> list[Waiting]:
    if not ready:
        return []
    stopped = dialing_stopped_reason(campaign.organization)
    if stopped:
        return [Waiting(ready, f"held: dialing is stopped, {stopped}")]
    if campaign.status != Status.RUNNING:
        why = f": {campaign.paused_reason}" if campaign.paused_reason else ""
        return [Waiting(ready, f"held: the campaign is {campaign.status}{why}", campaign.start_at)]
    groups = _front_of_the_queue(campaign)
    further_back = ready - sum(group.number for group in groups)
    rest = [Waiting(further_back, "further back in the queue")] if further_back > 0 else []
    return [*_due(campaign, groups), *_held(campaign, groups), *rest]


def _front_of_the_queue(campaign: Campaign) -> list[_Group]:
    now = read_clock()
    edges: list[datetime | str] = [*(now + ahead for ahead in _STRETCHES), "infinity"]
    lanes: dict[str, Any] = {"channels": list(Channel.values), "ranks": list(CampaignTarget.QueueRank.values)}
    stretches: dict[str, Any] = {"from": list(map(str, edges[:-1])), "to": list(map(str, edges[1:]))}
    with connection.cursor() as cursor:
        cursor.execute(_LANES, {**lanes, **stretches, "campaign": campaign.pk, "now": now, "most": LOOKED_AT})
        return [_Group(*row) for row in cursor.fetchall()]


def _due(campaign: Campaign, groups: Iterable[_Group]) -> list[Waiting]:
    """Return what those wait for whose time has come: a free line, or nothing but their turn."""
    due = Counter[bool]()
    for group in groups:
        if group.is_due:
            due[group.channel == Channel.CALL] += group.number
    calls = levels_in_words(_levels_reached(campaign), campaign) if due[True] else ""
    found = [Waiting(due[True], calls or "next in line"), Waiting(due[False], "next in line for a message")]
    return [waiting for waiting in found if waiting.count]


def _levels_reached(campaign: Campaign) -> list[str]:
    capacity = Capacity()
    capacity.read_turns(campaign.organization_id)
    return capacity.limits_reached(
        campaign, campaign.phone_number, campaign.agent.provider_account if campaign.agent else None
    )


def _held(campaign: Campaign, groups: Iterable[_Group]) -> list[Waiting]:
    by_reason: defaultdict[str, Counter[datetime]] = defaultdict(Counter)
    latest: dict[str, datetime] = {}
    examples: dict[tuple[str, datetime], UUID] = {}
    for group in groups:
        if group.until is not None and group.last is not None:
            by_reason[group.reason][group.until] += group.number
            latest[group.reason] = max(group.last, latest.get(group.reason, group.last))
            examples[group.reason, group.until] = group.example
    shown = {reason: _moments(reason, counts) for reason, counts in by_reason.items()}
    places = _zones({examples[reason, at] for reason, moments in shown.items() for at in moments})
    found = []
    for reason, counts in by_reason.items():
        for at in shown[reason]:
            found.append(Waiting(counts.pop(at), in_words(reason), at, places.get(examples[reason, at], "")))
        if counts:
            first = min(counts)
            found.append(Waiting(counts.total(), in_words(reason), first, is_first=first < latest[reason]))
    return found


def _moments(reason: str, counts: Counter[datetime]) -> list[datetime]:
    """Return the moments to be told apart: those at which the hours of many people open."""
    return [at for at, _count in counts.most_common(_MOMENTS)] if reason.startswith("hours.") else []


def _zones(target_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the zone each of the targets is in, the first where it may be several, "" where it is unknown."""
    targets = CampaignTarget.objects.filter(pk__in=list(target_ids)).select_related("customer", "assigned_agent")
    found = {}
    for target in targets:
        load_context(target)
        candidates = candidate_zones(target, address_for(target, target.next_channel) or "")
        found[target.pk] = candidates[0] if candidates else ""
    return found
