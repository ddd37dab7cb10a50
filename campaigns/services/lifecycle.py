"""Start, pause and end campaigns.

Every function locks the campaign's row (see `lock_campaign`) until its transaction ends, and returns the fresh row.
Every one raises CampaignNotFound, and TransitionRefused where the present status does not allow the move.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from campaigns.exceptions import NotReady
from campaigns.lifecycle import CAMPAIGN_LIFECYCLE, Status
from campaigns.models import Campaign
from campaigns.readiness import Readiness, check_readiness
from campaigns.services.changes import lock_campaign, record_change
from lib.db.clock import read_clock
from lib.lifecycle import TransitionRefused
from lib.wakeup import wake
from organizations.services import Actor, changes_between

_LONGEST_REASON = 255
_DUE_AT_ONCE = 500


@transaction.atomic
def start_campaign(
    *,
    campaign: Campaign,
    at: datetime | None = None,
    actor: Actor | None = None,
    require_ready: bool = True,
    reopen: bool = True,
) -> Campaign:
    """Start a campaign now, or at a future time: a draft is scheduled, a paused one stays paused until then.

    Another call with a future time replaces the time. With `require_ready=False` nothing is checked, for contracts in
    which a campaign is active before it has contacts; it holds for a start now. With `reopen=False` a completed one is
    refused, for contracts in which it is over. Raises NotReady.
    """
    row = lock_campaign(campaign)
    if row.status == Status.COMPLETED and not reopen:
        raise TransitionRefused("campaign", row.status, Status.RUNNING)
    now = read_clock()
    if at is not None and at > now:
        return _schedule(row, at, actor)
    return _run(row, "campaign.started", actor, require_ready=require_ready)


@transaction.atomic
def pause_campaign(*, campaign: Campaign, reason: str = "", actor: Actor | None = None) -> Campaign:
    """Stop new contacts of a running campaign, or take a scheduled one off the schedule; what is under way goes on."""
    row = lock_campaign(campaign)
    fields = {"paused_reason": reason[:_LONGEST_REASON], "start_at": None}
    return _move(row, Status.PAUSED, "campaign.paused", actor, **fields)


@transaction.atomic
def resume_campaign(*, campaign: Campaign, actor: Actor | None = None) -> Campaign:
    """Let a paused campaign go on. Raises NotReady."""
    row = lock_campaign(campaign)
    if row.status != Status.PAUSED:
        raise TransitionRefused("campaign", row.status, Status.RUNNING)
    return _run(row, "campaign.resumed", actor)


@transaction.atomic
def complete_campaign(*, campaign: Campaign, actor: Actor | None = None) -> Campaign:
    """Declare a campaign done. Starting it again, with more contacts, stays possible."""
    row = lock_campaign(campaign)
    return _move(row, Status.COMPLETED, "campaign.completed", actor, start_at=None, ended_at=read_clock())


@transaction.atomic
def close_campaign(*, campaign: Campaign, actor: Actor | None = None) -> Campaign:
    """Stop a campaign for good."""
    row = lock_campaign(campaign)
    ended_at = row.ended_at or read_clock()
    return _move(row, Status.CLOSED, "campaign.closed", actor, start_at=None, ended_at=ended_at)


def start_due_campaigns(*, now: datetime) -> int:
    """Start the campaigns whose time has come; return how many. Any number of copies may run.

    One that is not ready any more is paused with the reason instead, and its time cleared.
    """
    due = Campaign.objects.due_to_start(now).order_by("start_at").values_list("pk", flat=True)
    return sum(_start_due(key, now) for key in due[:_DUE_AT_ONCE])


@transaction.atomic
def _start_due(key: UUID, now: datetime) -> bool:
    # Locked means that somebody is deciding about it; what they leave due is found a second later.
    rows = Campaign.objects.due_to_start(now).select_for_update(no_key=True, skip_locked=True)
    row = rows.filter(pk=key).first()
    if row is None:
        return False
    readiness = check_readiness(row)
    if not readiness.can_start:
        _hold_back(row, readiness)
        return False
    _run(row, "campaign.started", None, require_ready=False)
    return True


def _hold_back(row: Campaign, readiness: Readiness) -> None:
    missing = ", ".join(check.key for check in NotReady(readiness.checks).missing)
    reason = f"not ready at the scheduled time, missing: {missing}"
    _save(row, "campaign.start_failed", None, status=Status.PAUSED, paused_reason=reason, start_at=None)


def _schedule(row: Campaign, at: datetime, actor: Actor | None) -> Campaign:
    if row.status not in (Status.SCHEDULED, Status.PAUSED):
        CAMPAIGN_LIFECYCLE.require(row.status, Status.SCHEDULED)
    _require_ready(row)
    status = Status.PAUSED if row.status == Status.PAUSED else Status.SCHEDULED
    return _save(row, "campaign.scheduled", actor, status=status, start_at=at)


def _run(row: Campaign, action: str, actor: Actor | None, *, require_ready: bool = True) -> Campaign:
    CAMPAIGN_LIFECYCLE.require(row.status, Status.RUNNING)
    if require_ready:
        _require_ready(row)
    started_at = row.started_at or read_clock()
    fields = {"start_at": None, "started_at": started_at, "ended_at": None, "paused_reason": ""}
    _save(row, action, actor, status=Status.RUNNING, **fields)
    wake("targets.dispatch")
    return row


def _require_ready(row: Campaign) -> None:
    readiness = check_readiness(row)
    if not readiness.can_start:
        raise NotReady(readiness.checks)


def _move(row: Campaign, status: Status, action: str, actor: Actor | None, **fields: Any) -> Campaign:
    CAMPAIGN_LIFECYCLE.require(row.status, status)
    return _save(row, action, actor, status=status, **fields)


def _save(row: Campaign, action: str, actor: Actor | None, **fields: Any) -> Campaign:
    before = {field: getattr(row, field) for field in fields}
    for field, value in fields.items():
        setattr(row, field, value)
    row.save(update_fields=[*fields, "updated_at"])
    record_change(campaign=row, action=action, changes=changes_between(before, row), actor=actor)
    return row
