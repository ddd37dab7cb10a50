"""Apply what became of an attempt: order-free, and as often as it is told, with the same result.

A phase never goes down, the first ending wins, and later news only fills what is still empty.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from django.db.models import Count, Max, Q

from lib.db.clock import read_clock
from lib.wakeup import wake
from providers.analysis.gates import gate
from providers.base import DELIVERY_RANK, CallOutcome, CallPhase, CallReport, DeliveryStatus
from providers.transcript import format_conversation
from targets.attempts import move
from targets.lifecycle import ENDED_STATES, VOID_STATES, AttemptState, TargetState
from targets.models import Attempt, CampaignTarget, Conversation, ReviewItem
from targets.settlement import advance_target, goal_of
from targets.timing import CALL_LEASE
from targets.verification_queue import queue_verification

log = structlog.get_logger(__name__)

Channel = CampaignTarget.Channel


def apply_call_report(attempt: Attempt, report: CallReport, *, source: str) -> str:
    """Apply a report to a locked attempt; return ``applied``, ``known`` or ``conflict``."""
    if attempt.state in VOID_STATES:
        return _contradicted(attempt, report)
    if attempt.state in ENDED_STATES:
        return "applied" if _keep_conversation(attempt, report) else "known"
    if attempt.state == AttemptState.GAVE_UP and report.phase < CallPhase.ENDED:
        return "known"  # a person is deciding about it; only its end can take the question from them
    attempt.provider_id = attempt.provider_id or report.provider_id
    attempt.phase = max(attempt.phase, report.phase)
    attempt.accepted_at = attempt.accepted_at or read_clock()
    if report.phase == CallPhase.ENDED:
        _end_call(attempt, report, source=source)
    elif attempt.state == AttemptState.ACCEPTED:
        attempt.save()
    else:
        move(attempt, AttemptState.ACCEPTED, lease=CALL_LEASE)
    return "applied"


def _end_call(attempt: Attempt, report: CallReport, *, source: str) -> None:
    outcome = report.outcome or CallOutcome.UNKNOWN
    attempt.outcome = outcome
    attempt.duration_seconds = report.duration_seconds
    attempt.ended_at = read_clock()
    attempt.result_source = source
    attempt.error_message = report.termination_reason[:500] if outcome == CallOutcome.FAILED else ""
    failed = outcome in (CallOutcome.FAILED, CallOutcome.UNKNOWN)
    move(attempt, AttemptState.FAILED if failed else AttemptState.COMPLETED)
    _keep_conversation(attempt, report)
    target = attempt.target
    refresh_facts(target)
    if target.callback_at and attempt.submit_started_at and attempt.submit_started_at >= target.callback_at:
        target.callback_at = None
    _move_on(target, attempt, report)


def _move_on(target: CampaignTarget, attempt: Attempt, report: CallReport) -> None:
    at = read_clock()
    if target.state not in (TargetState.CONTACTING, TargetState.REVIEW):
        target.save()  # removed or decided meanwhile: the facts still count
        return
    target.refusals = 0
    _answer_reviews(target, at)
    wants_reading = bool(target.campaign.goal) or goal_of(target).needs_analysis
    if wants_reading and gate(report.turns, report.outcome or CallOutcome.UNKNOWN) is None:
        target.state = TargetState.VERIFYING
        target.next_attempt_at = None
        target.save()
        queue_verification(target, dedupe=f"attempt:{attempt.pk}")
    else:
        advance_target(target, at=at)
    wake("targets.dispatch")


def _answer_reviews(target: CampaignTarget, at: datetime) -> None:
    """Close the question whether the person was called: the provider has answered it after all."""
    if target.state == TargetState.REVIEW:
        asked = ReviewItem.objects.filter(target=target, kind=ReviewItem.Kind.UNKNOWN_ATTEMPT, decided_at=None)
        asked.update(decision="answered_by_provider", decided_at=at)


def _keep_conversation(attempt: Attempt, report: CallReport) -> bool:
    """Store what was said, once; return whether it was new. The attempt's lock keeps others from doing the same."""
    if not report.turns and not report.raw:
        return False
    stored = Conversation.objects.filter(attempt=attempt).first()
    if stored is None:
        Conversation.objects.create(
            attempt=attempt, organization_id=attempt.organization_id, **_conversation_fields(report)
        )
        return True
    if stored.turns or not report.turns:
        return False
    Conversation.objects.filter(pk=stored.pk).update(**_conversation_fields(report))
    return True


def _conversation_fields(report: CallReport) -> dict[str, Any]:
    turns = [{"speaker": t.speaker, "text": t.text, "at_seconds": t.at_seconds} for t in report.turns]
    return {
        "turns": turns,
        "summary": report.summary,
        "summary_title": report.summary_title,
        "call_successful": report.call_successful[:16],
        "termination_reason": report.termination_reason[:255],
        "collected": dict(report.collected),
        "meta": {"elevenlabs": {"conversation_formatted": format_conversation(report.turns)}} if turns else {},
        "raw": dict(report.raw),
    }


def _contradicted(attempt: Attempt, report: CallReport) -> str:
    """Ask a person: a provider reports a call for an attempt that was proved never to have happened."""
    log.error("attempt.contradicted", attempt=str(attempt.pk), state=attempt.state, call=report.provider_id)
    ReviewItem.objects.get_or_create(
        organization_id=attempt.organization_id,
        target=attempt.target,
        kind=ReviewItem.Kind.UNKNOWN_ATTEMPT,
        decided_at=None,
        defaults={"attempt": attempt, "reason": f"a {attempt.state} attempt was reported as call {report.provider_id}"},
    )
    return "conflict"


def complete_message(attempt: Attempt, status: DeliveryStatus, *, source: str) -> None:
    """End a locked message attempt that the provider took; its delivery may still be reported."""
    attempt.ended_at = read_clock()
    attempt.delivery_status = status
    attempt.result_source = source
    move(attempt, AttemptState.COMPLETED)
    _after_message(attempt)


def apply_delivery(attempt: Attempt, status: DeliveryStatus, provider_id: str, *, source: str) -> str:
    """Apply a delivery status to a locked message attempt; return ``applied``, ``known`` or ``conflict``."""
    if attempt.state in VOID_STATES:
        return "conflict"
    attempt.provider_id = attempt.provider_id or provider_id
    if attempt.state not in ENDED_STATES:
        complete_message(attempt, status, source=source)
        return "applied"
    present = DeliveryStatus(attempt.delivery_status or DeliveryStatus.UNKNOWN)
    if DELIVERY_RANK[status] <= DELIVERY_RANK[present]:
        return "known"
    attempt.delivery_status = status
    attempt.save(update_fields=["delivery_status", "provider_id", "updated_at"])
    refresh_facts(attempt.target)
    attempt.target.save()
    return "applied"


def _after_message(attempt: Attempt) -> None:
    target = attempt.target
    refresh_facts(target)
    if target.state == TargetState.CONTACTING:
        target.refusals = 0
        advance_target(target, at=read_clock())
        wake("targets.dispatch")
    else:
        target.save()


def refresh_facts(target: CampaignTarget) -> None:
    """Set, without saving, the counts and times a target keeps of its attempts, from the attempts themselves."""
    ended = Q(state__in=ENDED_STATES)
    call, whatsapp, email = (Q(channel=channel) for channel in (Channel.CALL, Channel.WHATSAPP, Channel.EMAIL))
    sent = Q(state=AttemptState.COMPLETED) & ~Q(delivery_status=DeliveryStatus.FAILED)
    answered = call & Q(outcome=CallOutcome.ANSWERED)
    reached = answered | (whatsapp & sent) | (email & sent)
    attempts = Attempt.objects.filter(target_id=target.pk)
    facts = attempts.aggregate(
        calls_made=Count("id", filter=call & (ended | Q(state=AttemptState.GAVE_UP))),
        calls_answered=Count("id", filter=answered),
        whatsapp_sent=Count("id", filter=whatsapp & sent),
        email_sent=Count("id", filter=email & sent),
        last_contacted_at=Max("ended_at", filter=reached),
        last_email_at=Max("ended_at", filter=email & sent),
    )
    for name, value in facts.items():
        setattr(target, name, value)
    last = attempts.filter(call & ended).order_by("-ended_at").values("outcome", "provider_id").first()
    if last:
        target.last_outcome = last["outcome"]
        target.last_conv_id = last["provider_id"] or target.last_conv_id
