"""Judge every target of a campaign by a goal that was changed: one statement for up to ten thousand of them.

The statement says of each row what `targets.judgement.judge` says of a target, and writes only rows that change.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.counters import read_counters
from campaigns.goals import AiObjective, ContactObjective, EmailObjective, GoalSpec, stored_goal
from campaigns.models import Campaign, Stage
from lib.db.clock import RealClock, read_clock
from lib.ids import new_id
from lib.wakeup import wake
from targets.attempts import lock_target
from targets.judgement import OPERATOR, recompute_target
from targets.lifecycle import TargetState
from targets.models import CampaignTarget, OutboxMessage

DoneReason = CampaignTarget.DoneReason
TASK = "targets.resume_unmet"
_TOPIC = "resume"
_LEASE = timedelta(seconds=60)
_RETRY = timedelta(seconds=2)

# Judged in the transaction that changed the goal. Where there are more, the task judges them, so many at a time: each
# that changes costs its counters and indexes too, and a request must not take minutes.
APPLIED_AT_ONCE = 10_000
_BEFORE_ALL = UUID(int=0)
# Taken up again in the request that changed the goal; the task goes on with those beyond.
RESUMED_AT_ONCE = 200
# A million rows take longer than a web request's own limit allows.
_TIMEOUT = "SET LOCAL statement_timeout = '120s'"

# Whoever is settling one of these has its row and may have read the goal before the change: they are waited for.
_SETTLING = """
SELECT t.id FROM targets_campaigntarget t
WHERE t.campaign_id = %(campaign)s AND t.deleted_at IS NULL AND t.state IN ('contacting', 'verifying', 'review')
  {only}
ORDER BY t.id FOR NO KEY UPDATE
"""
_REEVALUATE = """
WITH judged AS (
  SELECT t.id, t.state, t.done_reason, t.stage, t.last_contacted_at, facts.met,
         facts.met AND t.state IN ('ready', 'done') AS is_won
  FROM targets_campaigntarget t
  CROSS JOIN LATERAL (
    SELECT (t.analysis_source IS NOT DISTINCT FROM %(operator)s
            AND t.campaign_goal_result IS NOT DISTINCT FROM 'met') OR ({met}) AS met) facts
  WHERE t.campaign_id = %(campaign)s {only}
), placed AS (
  SELECT id, met, CASE WHEN is_won THEN 'done' ELSE state END AS state,
         CASE WHEN is_won THEN 'goal_met' ELSE done_reason END AS done_reason,
         CASE
           WHEN met THEN coalesce(%(won)s, stage)
           WHEN state = 'suppressed' OR state = 'done' AND done_reason <> 'goal_met' THEN coalesce(%(lost)s, stage)
           WHEN last_contacted_at IS NULL THEN coalesce(%(new)s, stage)
           WHEN stage = ANY(%(actives)s::text[]) THEN stage
           ELSE coalesce(%(active)s, stage)
         END AS stage
  FROM judged
)
UPDATE targets_campaigntarget t
SET goal_met_at = CASE WHEN p.met THEN coalesce(t.goal_met_at, %(at)s) END,
    state = p.state, done_reason = p.done_reason, stage = p.stage,
    next_attempt_at = CASE WHEN p.state = 'done' THEN NULL ELSE t.next_attempt_at END,
    callback_at = CASE WHEN p.state = 'done' THEN NULL ELSE t.callback_at END,
    updated_at = %(at)s
FROM placed p
WHERE p.id = t.id
  AND (t.goal_met_at IS NOT NULL, t.state, t.done_reason, t.stage)
      IS DISTINCT FROM (p.met, p.state, p.done_reason, p.stage)
"""


@transaction.atomic
def reevaluate_targets(campaign: Campaign) -> None:
    """Judge every target of the campaign, whose lock the caller holds, by its goal, and let outreach go on.

    Nobody is contacted for a goal that is met now. Outreach that ended for a goal that is not met any more goes on as
    the campaign's policy says; of many people, some at once and the rest by the task. A campaign with more than
    `APPLIED_AT_ONCE` targets is left to the task as a whole.
    """
    if read_counters([campaign.pk])[campaign.pk].get("targets", 0) > APPLIED_AT_ONCE:
        _queue(campaign, after=str(_BEFORE_ALL))
        return
    apply_goal(campaign)
    if len(resume_unmet(campaign_id=campaign.pk)) >= RESUMED_AT_ONCE:
        _queue(campaign)


def apply_goal(campaign: Campaign, *, stage: str | None = None, ids: tuple[UUID, UUID] | None = None) -> int:
    """Write what the goal makes of each target, of those in one `stage`, or of those after and up to two ids.

    Returns how many changed.
    """
    met, values = _met_sql(stored_goal(campaign.goal_spec), campaign.goal_logic)
    part = "AND t.id > %(after)s AND t.id <= %(last)s" if ids else ""
    only = f"AND t.stage = %(only)s {part}" if stage is not None else part
    parameters: dict[str, Any] = {"campaign": campaign.pk, "at": read_clock(), "operator": OPERATOR, "only": stage}
    parameters |= {"after": ids[0], "last": ids[1]} if ids else {}
    with connection.cursor() as cursor:
        cursor.execute(_TIMEOUT)
        cursor.execute(_SETTLING.format(only=part), parameters)
        cursor.execute(_REEVALUATE.format(met=met, only=only), {**parameters, **_stages(campaign.pk), **values})
        changed: int = cursor.rowcount
    return changed


@transaction.atomic
def resume_unmet(*, campaign_id: UUID, after: UUID = _BEFORE_ALL) -> list[UUID]:
    """Decide the next step of people whose outreach ended for a goal that is not met any more; return their targets.

    It takes some of them, in the order of their ids from `after` on: whoever goes on from the last one does not pass
    all those before it again. Any number of copies may run: who is locked is left to whoever has them.
    """
    rest = _ended_too_early(campaign_id).filter(pk__gt=after)
    locked = rest.select_for_update(no_key=True, skip_locked=True).order_by("pk")
    ids = list(locked.values_list("pk", flat=True)[:RESUMED_AT_ONCE])
    for target_id in ids:
        recompute_target(lock_target(target_id), at=read_clock())
    if ids:
        wake("targets.dispatch")
    return ids


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """How far a changed goal has come in a campaign with many targets."""

    judged: int
    total: int

    @property
    def words(self) -> str:
        return f"{self.judged:,} of {self.total:,}"


def goal_progress(campaign: Campaign) -> GoalProgress | None:
    """Return how many targets the newest goal has been applied to by the task; None where it has to none any more."""
    queued = OutboxMessage.objects.filter(topic=_TOPIC, sent_at__isnull=True, body__campaign=str(campaign.pk))
    newest = queued.order_by("-created_at").first()
    if newest is None or newest.body.get("after") is None:
        return None
    total = read_counters([campaign.pk])[campaign.pk].get("targets", 0)
    return GoalProgress(newest.body.get("judged", 0), total)


def drain_resumptions(*, seconds: float = 20.0) -> None:
    """Go on with campaigns that had more such people than one request decides about. Any number of copies may run."""
    stop = time.monotonic() + seconds
    queued = OutboxMessage.objects.unsent(RealClock()).filter(topic=_TOPIC)
    for message in list(queued.order_by("next_try_at")):
        mine = OutboxMessage.objects.unsent(RealClock()).filter(pk=message.pk)
        if not mine.update(next_try_at=RealClock() + _LEASE):
            continue
        campaign_id = UUID(message.body["campaign"])
        if not _applied(message, stop):
            OutboxMessage.objects.filter(pk=message.pk).update(next_try_at=RealClock())
            continue
        last = _BEFORE_ALL
        while (resumed := resume_unmet(campaign_id=campaign_id, after=last)) and time.monotonic() < stop:
            last = resumed[-1]
        is_left = _ended_too_early(campaign_id).exists()
        OutboxMessage.objects.filter(pk=message.pk).update(
            next_try_at=RealClock() + _RETRY, sent_at=None if is_left else RealClock()
        )


def _applied(message: OutboxMessage, stop: float) -> bool:
    """Go on applying a goal to a campaign with many targets; return whether it has been applied to all of them."""
    while message.body.get("after") is not None:
        if time.monotonic() > stop:
            return False
        with transaction.atomic():
            last, judged = _apply_to_some(UUID(message.body["campaign"]), UUID(message.body["after"]))
            message.body |= {"after": last, "judged": message.body.get("judged", 0) + judged}
            OutboxMessage.objects.filter(pk=message.pk).update(body=message.body, next_try_at=RealClock() + _LEASE)
    return True


def _apply_to_some(campaign_id: UUID, after: UUID) -> tuple[str | None, int]:
    """Apply the campaign's goal as it is now to the next targets; return the last id (None: no more) and how many."""
    campaign = Campaign.all_objects.filter(pk=campaign_id).first()
    rest = CampaignTarget.all_objects.filter(campaign_id=campaign_id, pk__gt=after).order_by("pk")
    ids = list(rest.values_list("pk", flat=True)[:APPLIED_AT_ONCE])
    if campaign is None or not ids:
        return None, 0
    apply_goal(campaign, ids=(after, ids[-1]))
    return str(ids[-1]) if len(ids) == APPLIED_AT_ONCE else None, len(ids)


def _ended_too_early(campaign_id: UUID) -> QuerySet[CampaignTarget]:
    ended: QuerySet[CampaignTarget] = CampaignTarget.all_objects.filter(
        campaign_id=campaign_id, state=TargetState.DONE, done_reason=DoneReason.GOAL_MET, goal_met_at__isnull=True
    )
    return ended


def _queue(campaign: Campaign, *, after: str | None = None) -> None:
    """Leave the rest to the task: from the target after the id `after` on, or (None) only those who go on."""
    OutboxMessage.objects.create(
        organization_id=campaign.organization_id,
        topic=_TOPIC,
        dedupe=f"{_TOPIC}:{new_id()}",
        body={"campaign": str(campaign.pk), "after": after, "judged": 0},
        created_at=RealClock(),
        next_try_at=RealClock(),
    )
    wake(TASK)


def _met_sql(goal: GoalSpec, logic: str) -> tuple[str, dict[str, Any]]:
    """Return the condition under which a row of targets (t) meets the goal, and its values."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, objective in enumerate(goal.objectives):
        least = f"least_{number}"
        match objective:
            case ContactObjective():
                counted = {"call": "t.calls_answered", "whatsapp": "t.whatsapp_sent"}
                columns = sorted({counted[channel] for channel in objective.channels or counted})
                parts.append(f"{' + '.join(columns)} >= %({least})s")
                values[least] = objective.min_count
            case EmailObjective():
                parts.append(f"t.email_sent >= %({least})s")
                values[least] = objective.min_count
            case AiObjective():
                labels = f"labels_{number}"
                parts.append(f"(t.ai_label = ANY(%({labels})s) AND coalesce(t.ai_score, 0) >= %({least})s)")
                values |= {labels: list(objective.label_in or ["positive"]), least: objective.min_score}
    return (" AND " if logic == "all" else " OR ").join(parts) or "FALSE", values


def _stages(campaign_id: UUID) -> dict[str, Any]:
    """Return the first stage of each meaning, None where the campaign has none, and all that are active."""
    stages = list(Stage.objects.filter(campaign_id=campaign_id).order_by("position", "id"))
    first = {
        semantic.value: next((stage.key for stage in stages if stage.semantic_type == semantic), None)
        for semantic in Stage.Semantic
    }
    return {**first, "actives": [stage.key for stage in stages if stage.semantic_type == Stage.Semantic.ACTIVE]}
