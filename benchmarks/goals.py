"""A goal that is changed judges everybody for little more than it costs to write the same rows."""

from __future__ import annotations

import resource
import time
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from benchmarks.measuring import Ratio, cost
from benchmarks.people import new_campaign, new_organization
from campaigns.counters import fold_counters
from campaigns.models import Campaign
from campaigns.services import update_campaign
from targets.demo.crowd import seed_crowd
from targets.models import CampaignTarget
from targets.reevaluation import RESUMED_AT_ONCE, drain_resumptions, goal_progress, resume_unmet

_RESUMED = 2_000
# The crowd as nobody has won it, read by an analyzer that found everybody neutral.
_NEUTRAL = """
UPDATE targets_campaigntarget
SET ai_label = 'neutral', ai_score = 0.5, goal_met_at = NULL,
    done_reason = CASE WHEN state = 'done' THEN 'declined' ELSE '' END,
    stage = CASE WHEN state = 'done' THEN 'lost' ELSE 'new' END
WHERE campaign_id = %s
"""
# What a goal that everybody meets makes of them.
_WON = """
UPDATE targets_campaigntarget
SET goal_met_at = now(), state = 'done', done_reason = 'goal_met', stage = 'won',
    next_attempt_at = NULL, callback_at = NULL, updated_at = now()
WHERE campaign_id = %s
"""


class _Undone(Exception):
    """Take the plain UPDATE back, so that the goal finds the same rows."""


def run(size: int) -> list[Ratio]:
    """Have a campaign of `size` people, who do not meet its goal, get one they all meet; then let some go on."""
    campaign = _crowd(size)
    _write(campaign)  # leaves the table as large as it is for what comes next
    _vacuum()
    plain = cost(lambda: _write(campaign))
    _vacuum()
    before, began = _memory(), time.monotonic()
    judged = cost(lambda: _judge(campaign, "neutral", 0.0))
    took, grown = time.monotonic() - began, _memory() - before
    won = CampaignTarget.objects.filter(campaign=campaign, done_reason="goal_met", stage="won").count()
    if won != size:
        raise RuntimeError(f"{won} were won of {size}")
    again = cost(lambda: _judge(campaign, "neutral", 0.1))
    figures = f"{judged:.1f} s / {plain:.1f} s of CPU; {took:.0f} s in all; {grown:.0f} MiB of memory more"
    return [
        Ratio(f"a goal that wins all of {size:,} / a plain UPDATE of the same rows", judged / plain, 1.3,
              figures=figures),
        Ratio("a goal that changes none of them / that UPDATE", again / plain, 0.5, figures=f"{again:.1f} s of CPU"),
        _resumed(campaign),
    ]  # fmt: skip


def _crowd(size: int) -> Campaign:
    campaign = new_campaign(new_organization(limit=1))
    seed_crowd(campaign=campaign, count=size)
    with connection.cursor() as cursor:
        cursor.execute(_NEUTRAL, [campaign.pk])
    _vacuum()
    return campaign


def _write(campaign: Campaign) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_WON, [campaign.pk])
            raise _Undone
    except _Undone:
        return


def _vacuum() -> None:
    while fold_counters():
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE targets_campaigntarget")


def _judge(campaign: Campaign, label: str, min_score: float) -> None:
    """Change the goal, and be the task that applies it, until everybody is judged."""
    spec: dict[str, Any] = {"objectives": [{"type": "ai", "label_in": [label], "min_score": min_score}]}
    update_campaign(campaign=campaign, changes={"goal_spec": spec})
    while goal_progress(campaign):
        drain_resumptions(seconds=0.5)


def _resumed(campaign: Campaign) -> Ratio:
    """Measure how fast people whose goal is not met any more get their next step."""
    ids = list(CampaignTarget.objects.filter(campaign=campaign).values_list("pk", flat=True)[:_RESUMED])
    CampaignTarget.objects.filter(pk__in=ids).update(goal_met_at=None, ai_label="negative")
    a_second = len(ids) / cost(lambda: _resume(campaign, len(ids)))
    return Ratio("people a second of CPU whose outreach goes on", a_second, 50, at_least=True)


def _resume(campaign: Campaign, people: int) -> None:
    last = UUID(int=0)
    for _ in range(0, people, RESUMED_AT_ONCE):
        last = resume_unmet(campaign_id=campaign.pk, after=last)[-1]


def _memory() -> float:
    """Return the most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
