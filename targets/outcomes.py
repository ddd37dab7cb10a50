"""Apply what became of an attempt: order-free, and as often as it is told, with the same result.

A phase never goes down, the first ending wins, and later news only fills what is still empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog

from campaigns.goals import stored_goal
from campaigns.lifecycle import Status
from lib.db.clock import read_clock
from lib.wakeup import wake
from providers.analysis.gates import gate
from providers.base import CallOutcome, CallPhase, CallReport, DeliveryStatus
from providers.transcript import format_conversation
from targets.attempts import move
from targets.lifecycle import ENDED_STATES, VOID_STATES, AttemptState, TargetState
from targets.models import Attempt, CampaignTarget, Conversation, ReviewItem
from targets.settlement import advance_target, await_reading
from targets.timing import CALL_LEASE
from targets.verification_queue import queue_verification

log = structlog.get_logger(__name__)

Channel = CampaignTarget.Channel
_OPEN = (Status.RUNNING, Status.PAUSED)


def apply_call_report(attempt: Attempt, report: CallReport, *, source: str) -> str:
    """Apply a report to a locked attempt; return ``applied``, ``known`` or ``conflict``."""
    if attempt.state in VOID_STATES:
        return _contradicted(attempt, report)
    if attempt.state in ENDED_STATES:
        if not _keep_conversation(attempt, report):
            return "known"
        _read_late(attempt, report)
        return "applied"
    if attempt.state == AttemptState.GAVE_UP and report.phase < CallPhase.ENDED:
        return "known"  # a person is deciding about it; only its end can take the question from them
    attempt.provider_id = attempt.provider_id or report.provider_id
    attempt.phase = max(attempt.phase, report.phase)
    attempt.accepted_at = attempt.accepted_at or read_clock()
    if report.phase == CallPhase.ENDED:
        _end_call(attempt, report, source=source)
    elif attempt.state == AttemptState.ACCEPTED:
        attempt.save_changes()
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
    _keep_conversation(attempt, report, is_first=True)
    target = attempt.target
    refresh_facts(target)
    is_kept = target.callback_at and attempt.submit_started_at and attempt.submit_started_at >= target.callback_at
    if is_kept and not failed:
        target.callback_at = None  # a technical failure keeps no promise: the person has not been called back
    _move_on(target, attempt, report)


def _move_on(target: CampaignTarget, attempt: Attempt, report: CallReport) -> None:
    at = read_clock()
    another_is_live = Attempt.objects.live().filter(target=target).exclude(pk=attempt.pk).exists()
    if target.state not in (TargetState.CONTACTING, TargetState.REVIEW) or another_is_live:
        target.save_changes()  # removed or decided meanwhile: the facts still count
        return
    target.refusals = 0
    _answer_reviews(target, at)
    if _is_worth_reading(target, report):
        _have_read(target, attempt)
    else:
        advance_target(target, at=at)
    wake("targets.dispatch")


def _is_worth_reading(target: CampaignTarget, report: CallReport) -> bool:
    wants_reading = bool(target.campaign.goal) or stored_goal(target.campaign.goal_spec).needs_analysis
    return wants_reading and gate(report.turns, report.outcome or CallOutcome.UNKNOWN) is None


def _have_read(target: CampaignTarget, attempt: Attempt) -> None:
    await_reading(target, at=read_clock())
    queue_verification(target, dedupe=f"attempt:{attempt.pk}")


def _read_late(attempt: Attempt, report: CallReport) -> None:
    """Have words read that came after the call's end was told, as if both had come together.

    Whoever waits for the next call, or had none left, waits for the reading instead. All others stay where they are: of
    what was said to them only a wish to be left alone, and what it says about them, still counts.
    """
    target = attempt.target
    if attempt.state != AttemptState.COMPLETED or not _is_worth_reading(target, report):
        return
    if target.state == TargetState.READY:
        target.state = TargetState.CONTACTING  # the way the database knows
        target.save_changes()
    is_waiting = target.state == TargetState.CONTACTING and not Attempt.objects.live().filter(target=target).exists()
    is_exhausted = target.done_reason == CampaignTarget.DoneReason.EXHAUSTED and target.campaign.status in _OPEN
    if is_waiting or is_exhausted:
        _have_read(target, attempt)
    else:
        queue_verification(target, dedupe=f"attempt:{attempt.pk}")


def _answer_reviews(target: CampaignTarget, at: datetime) -> None:
    """Close the question whether the person was called: the provider has answered it after all."""
    if target.state == TargetState.REVIEW:
        asked = ReviewItem.objects.filter(target=target, kind=ReviewItem.Kind.UNKNOWN_ATTEMPT, decided_at=None)
        asked.update(decision="answered_by_provider", decided_at=at)


def _keep_conversation(attempt: Attempt, report: CallReport, *, is_first: bool = False) -> bool:
    """Store what was said, once; return whether it was new. The attempt's lock keeps others from doing the same."""
    if not report.turns and not report.raw:
        return False
    stored = None if is_first else Conversation.objects.filter(attempt=attempt).first()
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


def refresh_facts(target: CampaignTarget) -> None:
    """Set, without saving, the counts and times a target keeps of its round, from the round's attempts."""
    of_round = Attempt.objects.not_denied().filter(target_id=target.pk, round=target.round)
    rows = of_round.exclude(state__in=VOID_STATES)
    columns = ("channel", "state", "outcome", "delivery_status", "ended_at", "provider_id")
    attempts = [_Fact(*row) for row in rows.values_list(*columns)]
    calls = [fact for fact in attempts if fact.channel == Channel.CALL]
    answered = [fact for fact in calls if fact.outcome == CallOutcome.ANSWERED]
    sent = [fact for fact in attempts if fact.is_sent_message]
    emails = [fact for fact in sent if fact.channel == Channel.EMAIL]
    target.calls_made = sum(fact.is_over for fact in calls)
    target.calls_answered = len(answered)
    target.whatsapp_sent = len(sent) - len(emails)
    target.email_sent = len(emails)
    target.last_contacted_at = _latest([*answered, *sent])
    target.last_email_at = _latest(emails)
    ended = [fact for fact in calls if fact.state in ENDED_STATES and fact.ended_at]
    if ended:
        last = max(ended, key=lambda fact: fact.ended_at or datetime.min.replace(tzinfo=UTC))
        target.last_outcome = last.outcome
        target.last_conv_id = last.provider_id or target.last_conv_id


class _Fact(NamedTuple):
    """What one attempt says about its target."""

    channel: str
    state: str
    outcome: str
    delivery_status: str
    ended_at: datetime | None
    provider_id: str

    @property
    def is_over(self) -> bool:
        return self.state in (*ENDED_STATES, AttemptState.GAVE_UP)

    @property
    def is_sent_message(self) -> bool:
        is_message = self.channel != Channel.CALL
        return is_message and self.state == AttemptState.COMPLETED and self.delivery_status != DeliveryStatus.FAILED


def _latest(facts: Sequence[_Fact]) -> datetime | None:
    return max((fact.ended_at for fact in facts if fact.ended_at), default=None)
