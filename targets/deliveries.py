"""Apply what became of a message, in any order and as often as it is told, with the same result.

A message's attempt ends when the provider takes it. How far it came then is its delivery status, which never goes back.
A message nobody can find out about is not sent again: docs/adr/0008 says why.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from campaigns.goals import goal_met, stored_goal
from campaigns.lifecycle import Status
from customers.models import Suppression
from lib.db.clock import read_clock
from lib.wakeup import wake
from providers.base import DELIVERY_RANK, EMAIL_DELIVERY_RANK, DeliveryEvent, DeliveryStatus, RefusalCode
from targets.attempts import move
from targets.lifecycle import ENDED_STATES, VOID_STATES, AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.optouts import opt_out_address
from targets.outcomes import refresh_facts
from targets.settlement import advance_target, facts_of, suppress_target

log = structlog.get_logger(__name__)

DoneReason = CampaignTarget.DoneReason
_ENDED_CAMPAIGN = (Status.COMPLETED, Status.CLOSED)


def apply_delivery(attempt: Attempt, event: DeliveryEvent, *, source: str) -> str:
    """Apply news of a locked message attempt; return ``applied``, ``known``, ``ignored`` or ``conflict``."""
    if attempt.state in VOID_STATES or attempt.channel == CampaignTarget.Channel.CALL:
        log.error("message.contradicted", attempt=str(attempt.pk), state=attempt.state, status=event.status)
        return "conflict"
    attempt.provider_id = attempt.provider_id or event.provider_id
    if not attempt.provider_id:
        return "ignored"  # it names no message at all
    is_first = attempt.state not in ENDED_STATES
    present = DeliveryStatus(attempt.delivery_status or DeliveryStatus.UNKNOWN)
    rank = EMAIL_DELIVERY_RANK if attempt.channel == CampaignTarget.Channel.EMAIL else DELIVERY_RANK
    if not is_first and rank[event.status] <= rank[present]:
        return "known"
    _write(attempt, event)
    if is_first:
        attempt.ended_at = read_clock()
        attempt.accepted_at = attempt.accepted_at or attempt.ended_at
        attempt.result_source = source
        move(attempt, AttemptState.COMPLETED)
    else:
        attempt.save_changes()
    refresh_facts(attempt.target)
    if is_first and _is_in_contact_by(attempt):
        _go_on(attempt.target)
    elif event.status == DeliveryStatus.FAILED:
        _reconsider(attempt)
    else:
        attempt.target.save_changes()
    return "applied"


def give_up_message(attempt: Attempt) -> None:
    """End a locked attempt nobody could find out about. It counts as tried, and the person's next step comes."""
    attempt.ended_at = read_clock()
    attempt.error_message = attempt.error_message or "the provider never said whether it took this message"
    move(attempt, AttemptState.GAVE_UP)
    refresh_facts(attempt.target)
    if _is_in_contact_by(attempt):
        _go_on(attempt.target)
    else:
        attempt.target.save_changes()


def keep_opt_out(attempt_id: UUID) -> None:
    """Suppress, on its channel, the address of an attempt whose receiver told the provider to stop.

    Call it before locking the attempt: like a contact being decided, it takes the lock of the address first.
    """
    attempt = Attempt.objects.select_related("organization").get(pk=attempt_id)
    opt_out_address(
        organization=attempt.organization,
        address=attempt.address,
        channel=attempt.channel,
        source=Suppression.Source.PROVIDER,
    )


def _write(attempt: Attempt, event: DeliveryEvent) -> None:
    refusal = event.refusal if event.status == DeliveryStatus.FAILED else None
    attempt.delivery_status = event.status
    attempt.error_code = refusal.code if refusal else ""
    attempt.error_message = refusal.message[:500] if refusal else ""


def _is_in_contact_by(attempt: Attempt) -> bool:
    """Say whether the target waits for this attempt: late news may come while another one is live."""
    others = Attempt.objects.live().filter(target_id=attempt.target_id).exclude(pk=attempt.pk)
    return attempt.target.state == TargetState.CONTACTING and not others.exists()


def _go_on(target: CampaignTarget) -> None:
    target.refusals = 0
    advance_target(target, at=read_clock())
    wake("targets.dispatch")


def _reconsider(attempt: Attempt) -> None:
    """Take back what was concluded from a message that did not arrive, where the person's next step still waits.

    The message stays counted as tried. Only one that needs a template instead is sent in another form.
    """
    target = attempt.target
    was_won_by_it = target.done_reason == DoneReason.GOAL_MET and not _is_goal_met(target)
    if was_won_by_it:
        target.goal_met_at = None
    needs_template = attempt.error_code == RefusalCode.OUTSIDE_SESSION
    if target.state == TargetState.READY and attempt.error_code == RefusalCode.OPTED_OUT:
        suppress_target(target, "suppressed.provider", at=read_clock())
    elif target.campaign.status in _ENDED_CAMPAIGN or not (was_won_by_it or needs_template):
        target.save_changes()
    elif was_won_by_it or target.state == TargetState.READY or target.done_reason == DoneReason.EXHAUSTED:
        _go_on(target)
    else:
        target.save_changes()


def _is_goal_met(target: CampaignTarget) -> bool:
    return goal_met(stored_goal(target.campaign.goal_spec), target.campaign.goal_logic, facts_of(target))
