"""Read what was said and decide, with evidence, whether the goal was met.

A verdict needs words of the person. Where there are none, or the analyzer's quotes are not in the transcript, the
answer is that nobody can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Max, QuerySet

from customers.models import Suppression
from lib import zones
from lib.crash_points import crash_point
from lib.db.clock import RealClock, read_clock
from lib.retry import backoff
from lib.wakeup import wake
from providers.analysis.checks import checked
from providers.analysis.contract import Analysis, AnalysisRequest, AnalyzerIdentity, GoalAnalyzer, Verdict
from providers.analysis.gates import gate
from providers.base import CallOutcome, ProviderError, Speaker, Turn
from targets.appointments import record_appointments
from targets.attempts import load_context, lock_target
from targets.gateways import analyzer_for, local_analyzer
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget, Conversation, OutboxMessage, ReviewItem, Verification
from targets.objectives import objective_verdicts
from targets.optouts import lock_person, opt_out_person
from targets.people import address_for, candidate_zones
from targets.settlement import advance_target, facts_of, suppress_target
from targets.timing import VERIFY_LEASE
from targets.verification_queue import VERIFY

log = structlog.get_logger(__name__)

Label = CampaignTarget.Label

_RETRY_BASE_SECONDS = 5.0
_RETRY_CAP_SECONDS = 300.0
_MAXIMUM_TRIES = 8

# One statement and one commit. Those who come at the same time each take another.
_TAKE = """
UPDATE targets_outboxmessage SET next_try_at = clock_timestamp() + %s, tries = tries + 1
WHERE id = (SELECT id FROM targets_outboxmessage
            WHERE topic = %s AND sent_at IS NULL AND next_try_at <= (SELECT clock_timestamp())
            ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *
"""


@dataclass(frozen=True, slots=True)
class SaidTurn:
    """A turn with the conversation it stands in, so that a quote can be traced back."""

    attempt_id: UUID
    called_at: datetime
    index: int
    turn: Turn


def drain_verifications(*, limit: int = 50) -> int:
    """Carry out queued verifications, the longest due first; return how many. Any number of copies may run."""
    carried_out = 0
    for _ in range(limit):
        message = _take_next()
        if message is None:
            break
        carried_out += _carry_out(message)
    return carried_out


def _take_next() -> OutboxMessage | None:
    """Lease the next queued verification that nobody else takes; None where there is none."""
    return next(iter(OutboxMessage.objects.raw(_TAKE, [VERIFY_LEASE, VERIFY])), None)


def _carry_out(message: OutboxMessage) -> bool:
    try:
        if message.target_id:
            verify_target(target_id=message.target_id)
    except ProviderError as error:
        return _try_later(message, error)
    crash_point("O1")
    OutboxMessage.objects.filter(pk=message.pk).update(sent_at=RealClock(), error="")
    return True


def _try_later(message: OutboxMessage, error: ProviderError) -> bool:
    """Put a failed reading off; after too many tries the local analyzer reads, and nobody is kept waiting."""
    given_up = error.permanent or message.tries >= _MAXIMUM_TRIES
    if given_up and message.target_id:
        verify_target(target_id=message.target_id, analyzer=local_analyzer())
    log.warning("verification.failed", target=str(message.target_id), given_up=given_up, permanent=error.permanent)
    wait = backoff(message.tries, _RETRY_BASE_SECONDS, _RETRY_CAP_SECONDS)
    OutboxMessage.objects.filter(pk=message.pk).update(
        next_try_at=RealClock() + wait, sent_at=RealClock() if given_up else None, error=str(error)[:500]
    )
    return given_up


def verify_target(*, target_id: UUID, analyzer: GoalAnalyzer | None = None) -> Verification | None:
    """Read all conversations of a target, oldest first, store the verdict and move the target on.

    `analyzer` reads them instead of the organization's. Returns None where there is nothing to read. Raises
    `ProviderError` where the analyzer cannot answer now.
    """
    said = conversation_of(target_id)
    target = CampaignTarget.all_objects.select_related("customer").get(pk=target_id)
    load_context(target)
    reason = gate([item.turn for item in said], CallOutcome.ANSWERED)
    if reason is not None:
        _without_verdict(target_id, reason)
        return None
    analyzer = analyzer or analyzer_for(target.organization_id)
    turns = [item.turn for item in said]
    request = AnalysisRequest(
        goal=target.campaign.goal or target.campaign.name,
        turns=turns,
        language=target.customer.language,
        called_at=said[-1].called_at.astimezone(_zone_of(target)),
    )
    analysis = checked(analyzer.analyze(request), turns)
    return _store(target_id, said, analysis, analyzer.identity)


def conversation_of(target_id: UUID) -> list[SaidTurn]:
    """Return the turns of the completed calls of the target's round, oldest call first.

    Where there are none yet, those of the latest call before it: it may have been under way when the round began, and
    a wish said in it still has to be heard.
    """
    completed = Conversation.objects.filter(attempt__target_id=target_id, attempt__state=AttemptState.COMPLETED)
    of_round = completed.filter(attempt__round=F("attempt__target__round"))
    rows = _said_in(of_round.order_by("attempt__ended_at", "attempt_id"))
    if not rows:
        rows = _said_in(completed.order_by("-attempt__ended_at", "-attempt_id")[:1])
    return [
        SaidTurn(attempt_id, called_at, index, Turn(Speaker(t["speaker"]), t["text"], t["at_seconds"]))
        for attempt_id, called_at, turns in rows
        for index, t in enumerate(turns)
    ]


def _said_in(conversations: QuerySet[Conversation]) -> list[tuple[UUID, datetime, list[dict[str, Any]]]]:
    """Return (attempt, when it was sent, turns) of each."""
    rows: list[Any] = list(conversations.values_list("attempt_id", "attempt__submit_started_at", "turns"))
    return rows


def _zone_of(target: CampaignTarget) -> tzinfo:
    """Return the zone a person's "tomorrow at five" is read in: the first they may be in, UTC where it is unknown."""
    address = address_for(target, CampaignTarget.Channel.CALL)
    candidates = candidate_zones(target, address or "")
    return (zones.zone(candidates[0]) if candidates else None) or UTC


def _without_verdict(target_id: UUID, reason: str) -> None:
    with transaction.atomic():
        target = lock_target(target_id)
        if not _is_decided(target, conversation_of(target_id)):
            target.ai_reason = reason
            target.analysis_source = "none"
            target.analysis_updated_at = read_clock()
        _move_on(target)


@transaction.atomic
def _store(target_id: UUID, said: list[SaidTurn], analysis: Analysis, identity: AnalyzerIdentity) -> Verification:
    if analysis.opt_out.value:
        person = CampaignTarget.all_objects.select_related("customer").get(pk=target_id).customer
        lock_person(person, _addresses_called(said))
    target = lock_target(target_id)
    quotes = [
        {"attempt": str(said[quote.turn].attempt_id), "turn": said[quote.turn].index, "text": quote.text}
        for quote in analysis.quotes
    ]
    verification = Verification.objects.create(
        organization_id=target.organization_id,
        target=target,
        analyzer=identity.name,
        analyzer_version=identity.version,
        verdict=analysis.verdict,
        label=analysis.label,
        score=analysis.score,
        rationale=analysis.rationale,
        quotes=quotes,
        analysis=analysis.model_dump(mode="json"),
    )
    decided = _is_decided(target, said)
    if not decided:
        _describe(target, analysis, identity)
    if analysis.verdict is not Verdict.UNCLEAR:
        asked = ReviewItem.objects.filter(target=target, kind=ReviewItem.Kind.UNCLEAR_GOAL, decided_at=None)
        asked.update(decision="answered_by_analyzer", decided_at=read_clock())
    if analysis.opt_out.value:
        _opt_out(target, said)
    elif decided:
        _move_on(target)
    else:
        target.callback_at = _promised(target, analysis)
        _move_on(target)
        if analysis.verdict is Verdict.MET:
            record_appointments(target, attempts=[item.attempt_id for item in said], zone=_zone_of(target))
    crash_point("O2")
    return verification


def _is_decided(target: CampaignTarget, said: list[SaidTurn]) -> bool:
    """Say whether no reading of what was said may decide about the goal any more.

    A person decided after it, whom no analyzer overrules; or the outreach was begun afresh since.
    """
    called = {item.attempt_id for item in said}
    if said and not Attempt.objects.filter(pk__in=called, round=target.round).exists():
        return True
    decided = ReviewItem.objects.filter(target=target, decision__in=[Verdict.MET, Verdict.NOT_MET])
    heard = Attempt.objects.filter(pk__in=called).aggregate(at=Max("ended_at"))["at"]
    return decided.filter(decided_at__gte=heard).exists() if heard else decided.exists()


def _describe(target: CampaignTarget, analysis: Analysis, identity: AnalyzerIdentity) -> None:
    """Copy the reading into the target's own columns, where lists and dialects read it."""
    at = read_clock()
    target.ai_label = analysis.label
    target.ai_score = analysis.score
    target.ai_reason = analysis.rationale
    verdicts = objective_verdicts(
        load_context(target).goal, target.campaign.goal_logic, facts_of(target), analysis.verdict
    )
    target.goal_analysis = {**analysis.model_dump(mode="json"), **verdicts}
    target.analysis_source = f"{identity.name}/{identity.version}"[:64]
    target.campaign_goal_result = analysis.verdict
    target.campaign_goal_score = analysis.score
    target.campaign_goal_rationale = analysis.rationale
    target.campaign_sentiment = target.customer_sentiment = analysis.sentiment
    target.campaign_sentiment_rationale = target.customer_sentiment_rationale = analysis.sentiment_rationale
    target.follow_up_required = analysis.follow_up.value
    target.follow_up_required_rationale = analysis.follow_up.rationale
    target.escalation_required = analysis.escalation.value
    target.escalation_required_rationale = analysis.escalation.rationale
    target.callback_requested = analysis.callback.value
    target.callback_requested_rationale = analysis.callback.rationale
    target.campaign_next_best_action = analysis.next_best_action
    target.transcript_summary = analysis.summary
    target.call_summary_title = analysis.summary_title
    target.campaign_analysis_updated_at = target.analysis_updated_at = at


def _promised(target: CampaignTarget, analysis: Analysis) -> datetime | None:
    """Return when the person asked to be called again, read in their own zone; None if they did not or it is past."""
    if not analysis.callback.value or not analysis.callback_at:
        return None
    try:
        local = datetime.fromisoformat(analysis.callback_at)
    except ValueError:
        return None
    promised = (local if local.tzinfo else local.replace(tzinfo=_zone_of(target))).astimezone(UTC)
    return promised if promised > read_clock() else None


def _opt_out(target: CampaignTarget, said: list[SaidTurn]) -> None:
    """Suppress every address of a person who said, in a call, that they want no more of them."""
    if target.state in (TargetState.VERIFYING, TargetState.DONE, TargetState.READY, TargetState.REVIEW):
        suppress_target(target, "suppressed.in_call", at=read_clock())
    else:
        target.save_changes()
    opt_out_person(
        customer=target.customer,
        source=Suppression.Source.IN_CALL,
        reason="said in a call",
        also=_addresses_called(said),
    )


def _addresses_called(said: list[SaidTurn]) -> list[str]:
    attempts = Attempt.objects.filter(pk__in={item.attempt_id for item in said})
    return list(attempts.values_list("address", flat=True).distinct())


def _move_on(target: CampaignTarget) -> None:
    if target.state == TargetState.VERIFYING:
        advance_target(target, at=read_clock())
        wake("targets.dispatch")
    else:
        target.save_changes()
