"""Promise a person a call at a moment an operator agreed on with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from lib.db.clock import read_clock
from lib.errors import InvalidField
from lib.wakeup import wake
from organizations.services import Actor, record_audit
from targets.attempts import lock_target
from targets.enrolment import require_open
from targets.exceptions import CallbackNotPossible, TargetInContact, TargetNotFound
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.settlement import advance_target

_WHY_NOT: Mapping[str, str] = {
    CampaignTarget.DoneReason.GOAL_MET: "the goal is met",
    CampaignTarget.DoneReason.DECLINED: "the person has declined",
    CampaignTarget.DoneReason.UNREACHABLE: "there is no number to call",
    CampaignTarget.DoneReason.UNCALLABLE: "the campaign's hours allow no moment",
}


@transaction.atomic
def promise_callback(*, target: CampaignTarget, at: datetime, actor: Actor | None = None) -> CampaignTarget:
    """Have the person called at `at`, or at the first moment after it that their own hours allow; return the fresh row.

    It is one of the calls the campaign allows, goes before all others that are due, and keeps to every rule of contact.
    Raises InvalidField for a moment that is past, TargetNotFound, CampaignNotOpen, TargetInContact while the person is
    spoken to, read or decided about, and CallbackNotPossible where no call is left or allowed.
    """
    row = lock_target(target.pk)
    if row.is_deleted:
        raise TargetNotFound
    require_open(row.campaign)
    now = read_clock()
    if at <= now:
        raise InvalidField("at", "this moment is past: choose a later one")
    if row.state == TargetState.SUPPRESSED:
        raise CallbackNotPossible(_why_not(row))
    if row.state not in (TargetState.READY, TargetState.DONE):
        raise TargetInContact
    before = row.callback_at
    row.callback_at, row.hold_reason = at, ""
    advance_target(row, at=now)
    if row.state != TargetState.READY or row.queue_rank != CampaignTarget.QueueRank.PROMISED:
        raise CallbackNotPossible(_why_not(row))
    record_audit(
        organization=row.campaign.organization,
        action="target.callback_promised",
        subject=row,
        changes={"callback_at": [before, at]},
        actor=actor,
    )
    wake("targets.dispatch")
    return row


def _why_not(row: CampaignTarget) -> str:
    if row.state == TargetState.SUPPRESSED:
        return "the person is suppressed"
    return _WHY_NOT.get(row.done_reason, "no call is left")
