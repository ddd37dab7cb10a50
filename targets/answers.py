"""Write down what a provider answered to a submission: it took it, it refused, or nobody knows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction

from campaigns.services.lifecycle import pause_campaign
from lib.crash_points import crash_point
from lib.db.clock import AppClock, RealClock, read_clock
from lib.lifecycle import TransitionRefused
from lib.retry import backoff
from providers.base import Accepted, DeliveryEvent, DeliveryStatus, InDoubt, RefusalCode, Refused, SubmitResult
from targets.attempts import lock_attempt, move
from targets.checks import Held
from targets.deliveries import apply_delivery, keep_opt_out
from targets.history import MAY_NOT_CLEAR_UP, MOST_REFUSALS
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.pacing import back_off
from targets.settlement import advance_target, hold_target, suppress_target
from targets.timing import CALL_LEASE, LOOKUP_INTERVAL

log = structlog.get_logger(__name__)

Channel = CampaignTarget.Channel

# Refusals that say the account or the campaign is wrong: going on would only repeat them.
_STOPS_THE_CAMPAIGN = frozenset({RefusalCode.UNAUTHORIZED, RefusalCode.MISCONFIGURED})
# Refusals that say the account cannot take requests just now: nothing goes out through it for a while.
_ASKS_TO_WAIT = frozenset({RefusalCode.RATE_LIMITED, RefusalCode.NO_CAPACITY, RefusalCode.UNREACHABLE})
_BACKOFF_BASE_SECONDS = 30.0
_BACKOFF_CAP_SECONDS = 3600.0


def apply_answer(*, attempt_id: UUID, answer: SubmitResult) -> AttemptState:
    """Store the provider's answer; return the attempt's state. Webhooks may have told more already: they win."""
    if isinstance(answer, Accepted) and _call_accepted(attempt_id, answer):
        crash_point("W9")
        return AttemptState.ACCEPTED
    if isinstance(answer, Refused) and answer.code == RefusalCode.OPTED_OUT:
        keep_opt_out(attempt_id)
    with transaction.atomic():
        attempt = lock_attempt(attempt_id)
        match answer:
            case Accepted():
                _accepted(attempt, answer)
            case Refused():
                _refused(attempt, answer)
            case InDoubt():
                _in_doubt(attempt, answer)
        crash_point("W8")
    crash_point("W9")
    if isinstance(answer, Refused) and answer.code in _ASKS_TO_WAIT:
        _leave_alone(attempt, answer)
    if isinstance(answer, Refused) and answer.code in _STOPS_THE_CAMPAIGN:
        _stop_campaign(attempt, answer)
    return AttemptState(attempt.state)


@transaction.atomic
def _call_accepted(attempt_id: UUID, answer: Accepted) -> bool:
    """Write down the usual answer in one statement; False where it is about a message, or a webhook came first."""
    waiting = Attempt.objects.filter(
        pk=attempt_id, channel=Channel.CALL, state__in=(AttemptState.SUBMITTING, AttemptState.UNKNOWN)
    )
    moved = waiting.update(
        state=AttemptState.ACCEPTED,
        provider_id=answer.provider_id,
        provider_secondary_id=answer.secondary_id,
        accepted_at=AppClock(),
        lease_until=RealClock() + CALL_LEASE,
        state_since=RealClock(),
        updated_at=AppClock(),
    )
    crash_point("W8")
    return bool(moved)


def _accepted(attempt: Attempt, answer: Accepted) -> None:
    if attempt.channel != Channel.CALL:
        attempt.provider_secondary_id = answer.secondary_id
        apply_delivery(attempt, DeliveryEvent(answer.provider_id, DeliveryStatus.ACCEPTED), source="answer")
        return
    if attempt.state not in (AttemptState.SUBMITTING, AttemptState.UNKNOWN):
        return
    attempt.provider_id = answer.provider_id
    attempt.provider_secondary_id = answer.secondary_id
    attempt.accepted_at = read_clock()
    move(attempt, AttemptState.ACCEPTED, lease=CALL_LEASE)


def _in_doubt(attempt: Attempt, answer: InDoubt) -> None:
    if attempt.state != AttemptState.SUBMITTING:
        return
    attempt.error_code, attempt.error_message = "in_doubt", answer.reason[:500]
    move(attempt, AttemptState.UNKNOWN, lease=LOOKUP_INTERVAL)


def _refused(attempt: Attempt, answer: Refused) -> None:
    """Void the attempt. It is not counted against the person, and the next try waits longer each time."""
    if attempt.state not in (AttemptState.SUBMITTING, AttemptState.UNKNOWN):
        return
    voided = AttemptState.REJECTED if attempt.state == AttemptState.SUBMITTING else AttemptState.NOT_PLACED
    attempt.error_code, attempt.error_message = answer.code, answer.message[:500]
    attempt.ended_at = read_clock()
    move(attempt, voided)
    target = attempt.target
    if target.state == TargetState.CONTACTING:
        _after_refusal(target, answer)


def _after_refusal(target: CampaignTarget, answer: Refused) -> None:
    at = read_clock()
    if answer.code == RefusalCode.OPTED_OUT:
        suppress_target(target, "suppressed.provider", at=at)
        return
    target.hold_reason = f"provider.{answer.code}"
    if answer.code == RefusalCode.INVALID_ADDRESS:
        target.refusals = 0
        advance_target(target, at=at)
        return
    target.refusals += 1
    if answer.code in MAY_NOT_CLEAR_UP and target.refusals >= MOST_REFUSALS:
        advance_target(target, at=at)  # over another channel, or it is over
        return
    wait = max(
        backoff(target.refusals, _BACKOFF_BASE_SECONDS, _BACKOFF_CAP_SECONDS),
        timedelta(seconds=answer.retry_after_seconds or 0),
    )
    hold_target(target, Held(target.hold_reason, at + wait), at=at)


def _leave_alone(attempt: Attempt, answer: Refused) -> None:
    """Send nothing new through the account for a while, unless the answer is about this address alone."""
    if attempt.provider_account_id and not answer.is_of_one_address:
        back_off(attempt.provider_account_id, retry_after_seconds=answer.retry_after_seconds)


def _stop_campaign(attempt: Attempt, answer: Refused) -> None:
    """Pause the campaign, saying why, rather than collect the same refusal for every person in it."""
    reason = f"{attempt.channel}: the provider answered {answer.code}"
    log.warning("campaign.stopped_by_provider", campaign=str(attempt.campaign_id), code=answer.code)
    with suppress(TransitionRefused):  # somebody paused or ended it meanwhile
        pause_campaign(campaign=attempt.target.campaign, reason=reason)
