"""Write down what a provider answered to a submission: it took it, it refused, or nobody knows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction

from campaigns.services.lifecycle import pause_campaign
from lib.crash_points import crash_point
from lib.db.clock import read_clock
from lib.lifecycle import TransitionRefused
from lib.retry import backoff
from providers.base import Accepted, DeliveryStatus, InDoubt, RefusalCode, Refused, SubmitResult
from targets.attempts import lock_attempt, move
from targets.checks import Held
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.outcomes import complete_message
from targets.settlement import advance_target, finish_target, hold_target, suppress_target
from targets.timing import CALL_LEASE, LOOKUP_INTERVAL

log = structlog.get_logger(__name__)

Channel = CampaignTarget.Channel

# Refusals that say the account or the campaign is wrong: going on would only repeat them.
_STOPS_THE_CAMPAIGN = frozenset({RefusalCode.UNAUTHORIZED, RefusalCode.MISCONFIGURED})
_BACKOFF_BASE_SECONDS = 30.0
_BACKOFF_CAP_SECONDS = 3600.0
# Refusals that waiting may not cure. All others are the provider's trouble and never cost the person their turn.
_MAY_NOT_CLEAR_UP = frozenset({RefusalCode.OTHER, RefusalCode.OUTSIDE_SESSION})
_MOST_REFUSALS = 5


def apply_answer(*, attempt_id: UUID, answer: SubmitResult) -> AttemptState:
    """Store the provider's answer; return the attempt's state. Webhooks may have told more already: they win."""
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
    if isinstance(answer, Refused) and answer.code in _STOPS_THE_CAMPAIGN:
        _stop_campaign(attempt, answer)
    return AttemptState(attempt.state)


def _accepted(attempt: Attempt, answer: Accepted) -> None:
    if attempt.state not in (AttemptState.SUBMITTING, AttemptState.UNKNOWN):
        return
    attempt.provider_id = answer.provider_id
    attempt.provider_secondary_id = answer.secondary_id
    attempt.accepted_at = read_clock()
    if attempt.channel == Channel.CALL:
        move(attempt, AttemptState.ACCEPTED, lease=CALL_LEASE)
        return
    complete_message(attempt, DeliveryStatus.ACCEPTED, source="answer")


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
    if answer.code in _MAY_NOT_CLEAR_UP and target.refusals >= _MOST_REFUSALS:
        finish_target(target, CampaignTarget.DoneReason.UNREACHABLE, at=at)
        return
    wait = max(
        backoff(target.refusals, _BACKOFF_BASE_SECONDS, _BACKOFF_CAP_SECONDS),
        timedelta(seconds=answer.retry_after_seconds or 0),
    )
    hold_target(target, Held(target.hold_reason, at + wait), at=at)


def _stop_campaign(attempt: Attempt, answer: Refused) -> None:
    """Pause the campaign, saying why, rather than collect the same refusal for every person in it."""
    reason = f"{attempt.channel}: the provider answered {answer.code}"
    log.warning("campaign.stopped_by_provider", campaign=str(attempt.campaign_id), code=answer.code)
    with suppress(TransitionRefused):  # somebody paused or ended it meanwhile
        pause_campaign(campaign=attempt.target.campaign, reason=reason)
