"""Count what happened lately, hour by hour and day by day, for people to look at.

Totals of all time come from the counters; these figures need a time, so they are read from attempts along the indexes
that are in order of time, and never further back than they are asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from targets.lifecycle import LIVE_STATES, VOID_STATES

# Attempts of one campaign that are looked at for a figure: enough to show a trend, few enough for any page.
MOST_ATTEMPTS = 10_000

# What became of a call: its outcome, else whether it is under way.
_WHAT = "CASE WHEN a.outcome <> '' THEN a.outcome WHEN a.state = ANY(%(live)s) THEN 'live' ELSE 'unknown' END"
_SENT = "a.submit_started_at IS NOT NULL AND a.state <> ALL(%(void)s)"

_ORGANIZATIONS = f"""
SELECT a.organization_id, floor(extract(epoch FROM a.reserved_at - %(since)s) / 3600)::int, {_WHAT}, count(*)
FROM targets_attempt a
WHERE a.organization_id = ANY(%(ids)s) AND a.reserved_at >= %(since)s AND a.channel = 'call' AND {_SENT}
GROUP BY 1, 2, 3
"""  # noqa: S608 - constants of this module

_GOALS = """
SELECT a.organization_id, count(DISTINCT t.id)
FROM targets_attempt a JOIN targets_campaigntarget t ON t.id = a.target_id
WHERE a.organization_id = ANY(%(ids)s) AND a.reserved_at >= %(since)s
  AND (a.outcome = 'answered' OR a.channel <> 'call') AND t.goal_met_at >= %(since)s
GROUP BY 1
"""

_CAMPAIGN = f"""
SELECT floor(extract(epoch FROM a.reserved_at - %(since)s) / 3600)::int, {_WHAT}, count(*)
FROM (SELECT * FROM targets_attempt WHERE campaign_id = %(campaign)s AND reserved_at >= %(since)s
      ORDER BY reserved_at DESC LIMIT %(most)s) AS a
WHERE a.channel = 'call' AND {_SENT}
GROUP BY 1, 2
"""  # noqa: S608 - constants of this module

_DAYS = """
SELECT width_bucket(a.reserved_at, %(starts)s::timestamptz[]) AS day, count(DISTINCT a.target_id), count(DISTINCT t.id)
FROM (SELECT target_id, outcome, reserved_at FROM targets_attempt
      WHERE campaign_id = %(campaign)s AND reserved_at >= %(since)s
      ORDER BY reserved_at DESC LIMIT %(most)s) AS a
LEFT JOIN LATERAL (
  -- One look-up each: a join that the planner may turn round would read every target there is.
  SELECT id FROM targets_campaigntarget
  WHERE id = a.target_id
    AND width_bucket(goal_met_at, %(starts)s::timestamptz[]) = width_bucket(a.reserved_at, %(starts)s::timestamptz[])
  LIMIT 1) AS t ON true
WHERE a.outcome = 'answered'
GROUP BY 1
"""


@dataclass(slots=True)
class Day:
    """One organization's calls since a moment: hour by hour (hours since then) and by what became of them."""

    hours: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    goals_met: int = 0

    @property
    def outcomes(self) -> Counter[str]:
        return sum(self.hours.values(), Counter[str]())

    @property
    def dialed(self) -> int:
        return self.outcomes.total()

    @property
    def answered(self) -> int:
        return self.outcomes["answered"]


@dataclass(frozen=True, slots=True)
class GoalDay:
    """The people who were reached on one day, and those of them whose goal was met that day."""

    starts: datetime
    reached: int
    met: int


def calls_since(organization_ids: Sequence[UUID], since: datetime) -> Mapping[UUID, Day]:
    """Return the calls each organization made since `since`, and the goals met among whom it contacted: two queries."""
    days = {key: Day() for key in organization_ids}
    asked = {"ids": list(organization_ids), "since": since, **_states()}
    with connection.cursor() as cursor:
        cursor.execute(_ORGANIZATIONS, asked)
        for organization_id, hour, what, count in cursor:
            days[organization_id].hours[hour][what] += count
        cursor.execute(_GOALS, asked)
        for organization_id, count in cursor:
            days[organization_id].goals_met = count
    return days


def campaign_calls_since(campaign_id: UUID, since: datetime) -> Mapping[int, Counter[str]]:
    """Return a campaign's calls by hours since `since` and what became of them, of its newest attempts: one query."""
    hours: defaultdict[int, Counter[str]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(_CAMPAIGN, {"campaign": campaign_id, "since": since, "most": MOST_ATTEMPTS, **_states()})
        for hour, what, count in cursor:
            hours[hour][what] += count
    return hours


def goals_by_day(campaign_id: UUID, days: Sequence[datetime]) -> list[GoalDay]:
    """Return for each day, given by the moments at which they begin, who was reached and whose goal was met: one query.

    Only the campaign's newest attempts are looked at.
    """
    asked: dict[str, Any] = {"campaign": campaign_id, "since": days[0], "most": MOST_ATTEMPTS, "starts": list(days)}
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, asked)
        found = {number: (reached, met) for number, reached, met in cursor}
    return [GoalDay(starts, *found.get(number, (0, 0))) for number, starts in enumerate(days, start=1)]


def _states() -> dict[str, Any]:
    return {"live": list(LIVE_STATES), "void": list(VOID_STATES)}
