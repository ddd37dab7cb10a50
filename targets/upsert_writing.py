"""Write listed people into the database, many at once: who is new, and who is known already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.context import CampaignContext, campaign_context
from campaigns.models import Campaign
from customers.services.people_at_numbers import people_at_numbers
from lib.ids import new_id
from targets.enrolment import enter, first_channel
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.stages import stage_for
from targets.upsert_rows import CleanRow

DoneReason = CampaignTarget.DoneReason

# Ends that other numbers, another zone or another time may undo.
_MAY_BE_UNDONE = (DoneReason.UNREACHABLE, DoneReason.UNCALLABLE)
_COLUMNS = {
    "external_id": "varchar", "phones": "varchar[]", "data": "jsonb", "timezone": "varchar",
    "scheduled_at": "timestamptz", "call_overrides": "jsonb", "assigned_agent_id": "uuid", "state": "varchar",
    "done_reason": "varchar", "hold_reason": "varchar", "next_attempt_at": "timestamptz", "stage": "varchar",
    "updated_at": "timestamptz",
}  # fmt: skip
_UPDATE = f"""
UPDATE targets_campaigntarget t
   SET {", ".join(f"{column} = s.{column}" for column in _COLUMNS)}
  FROM jsonb_to_recordset(%s) AS s (id uuid, {", ".join(f"{column} {kind}" for column, kind in _COLUMNS.items())})
 WHERE t.id = s.id
"""  # noqa: S608  # put together from the constants above alone


def free_external_ids(campaign: Campaign, rows: Sequence[CleanRow]) -> None:
    """Let whoever was removed from the campaign leave the external ids of `rows` to the next."""
    external_ids = [row.external_id for row in rows if row.external_id]
    hidden = CampaignTarget.all_objects.deleted().filter(campaign=campaign, external_id__in=external_ids)
    hidden.update(external_id=None)


def insert_targets(campaign: Campaign, rows: Sequence[CleanRow], at: datetime) -> list[CampaignTarget]:
    """Enrol new people, in the order of `rows`. The campaign's row is locked, so is who may be whom."""
    channel = first_channel(campaign)
    people = _people(campaign, rows)
    new = [_target(campaign, row, customer_id, at) for row, customer_id in zip(rows, people, strict=True)]
    for target in new:
        target.next_channel = channel
    enter(campaign, new, at)
    return new


def _people(campaign: Campaign, rows: Sequence[CleanRow]) -> list[Any]:
    """Return a customer for each row; who is in the campaign already, or was, is another one."""
    firsts = [row.phones[0] for row in rows]
    there = CampaignTarget.all_objects.filter(campaign=campaign, customer__phone__in=firsts)
    taken = set(there.values_list("customer_id", flat=True))
    return people_at_numbers(organization=campaign.organization, numbers=[row.phones for row in rows], other_than=taken)


def _target(campaign: Campaign, row: CleanRow, customer_id: Any, at: datetime) -> CampaignTarget:
    return CampaignTarget(
        id=new_id(),
        organization_id=campaign.organization_id,
        campaign=campaign,
        customer_id=customer_id,
        external_id=row.external_id,
        assigned_agent=row.agent,
        next_attempt_at=max(at, row.scheduled_at or at),
        phones=row.phones,
        data=row.given.get("data") or {},
        timezone=row.given.get("timezone") or "",
        scheduled_at=row.scheduled_at,
        call_overrides=_set_ones(row.overrides),
        created_at=at,
    )


def update_targets(campaign: Campaign, pairs: Sequence[tuple[CleanRow, CampaignTarget]], at: datetime) -> None:
    """Change locked targets to what rows say of them: one statement."""
    context = campaign_context(campaign.pk, campaign.organization_id)
    for row, target in pairs:
        _assign(target, row)
        if row.given.keys() & {"phones", "timezone", "scheduled_at"}:
            _set_time(context, target, at)
        target.updated_at = at
    values = [{"id": t.pk, **{column: getattr(t, column) for column in _COLUMNS}} for _row, t in pairs]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [json.dumps(values, default=str)])


def _assign(target: CampaignTarget, row: CleanRow) -> None:
    given = row.given
    target.external_id = row.external_id or target.external_id
    target.phones = row.phones or target.phones
    target.data = (given["data"] or {}) if "data" in given else target.data
    target.timezone = given.get("timezone", target.timezone)
    target.scheduled_at = row.scheduled_at if "scheduled_at" in given else target.scheduled_at
    target.call_overrides = _set_ones({**target.call_overrides, **row.overrides})
    if "agent_id" in given:
        target.assigned_agent = row.agent


def _set_time(context: CampaignContext, target: CampaignTarget, at: datetime) -> None:
    """Set when a target is looked at next, now that its numbers, its zone or its time are others."""
    earliest = max(at, target.scheduled_at or at)
    is_undone = target.state == TargetState.DONE and target.done_reason in _MAY_BE_UNDONE
    if is_undone and target.calls_made < context.policy.maximum_calls:
        target.state, target.done_reason, target.hold_reason = TargetState.READY, "", ""
        contacted = target.last_contacted_at is not None
        target.stage = stage_for(
            context.stages, current=target.stage, goal_met=False, contacted=contacted, is_over=False
        )
        target.next_attempt_at = earliest
    elif target.state == TargetState.READY and target.queue_rank == CampaignTarget.QueueRank.FRESH:
        target.next_attempt_at, target.hold_reason = earliest, ""
    elif target.state == TargetState.READY and target.next_attempt_at:
        target.next_attempt_at = max(target.next_attempt_at, earliest)


def _set_ones(overrides: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in overrides.items() if value not in (None, "", {})}
