"""Tell what happened with one person: every attempt, what was said, and what was read out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lib import clock
from targets.hold_reasons import in_words
from targets.lifecycle import AttemptState, TargetState
from targets.models import Appointment, Attempt, CampaignTarget, Conversation, InboundMessage, ReviewItem, Verification
from targets.target_waiting import why_target_waits

_ATTEMPTS_SHOWN = 50
_FINDINGS_SHOWN = 20

ATTEMPT_COLOURS = {
    AttemptState.COMPLETED.value: "success",
    AttemptState.FAILED.value: "danger",
    AttemptState.ACCEPTED.value: "primary",
    AttemptState.RESERVED.value: "info",
    AttemptState.SUBMITTING.value: "info",
    AttemptState.UNKNOWN.value: "warning",
    AttemptState.GAVE_UP.value: "warning",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a conversation; `is_quoted` where a verification rests on it."""

    is_person: bool
    text: str
    at: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """One attempt, and the conversation it led to, if any."""

    attempt: Attempt
    colour: str
    conversation: Conversation | None
    lines: Sequence[Line]


def story_of(target: CampaignTarget) -> dict[str, Any]:
    """Return what the top of a target's page shows; a constant number of queries."""
    attempts = Attempt.objects.filter(target=target).select_related("conversation").order_by("-reserved_at")
    verifications = list(Verification.objects.filter(target=target)[:_FINDINGS_SHOWN])
    quoted = _quoted_turns(verifications[:1])
    return {
        "next_step": describe_next_step(target),
        "waiting": why_target_waits(target),
        "episodes": [_episode(attempt, quoted) for attempt in attempts[:_ATTEMPTS_SHOWN]],
        "verifications": verifications,
        "replies": InboundMessage.objects.filter(target=target)[:_FINDINGS_SHOWN],
        "appointments": Appointment.objects.filter(target=target)[:_FINDINGS_SHOWN],
        "reviews": ReviewItem.objects.filter(target=target).select_related("decided_by")[:_FINDINGS_SHOWN],
    }


def _episode(attempt: Attempt, quoted: frozenset[tuple[str, int]]) -> Episode:
    conversation = getattr(attempt, "conversation", None)
    lines = dialogue(conversation, quoted) if conversation else ()
    return Episode(attempt, ATTEMPT_COLOURS.get(attempt.state, ""), conversation, lines)


def dialogue(conversation: Conversation, quoted: frozenset[tuple[str, int]] = frozenset()) -> list[Line]:
    """Return the turns of a conversation, oldest first. Turns without words are left out."""
    return [
        Line(
            is_person=turn.get("speaker") == "person",
            text=str(turn["text"]),
            at=_clock(turn.get("at_seconds")),
            is_quoted=(str(conversation.attempt_id), index) in quoted,
        )
        for index, turn in enumerate(conversation.turns)
        if isinstance(turn, Mapping) and turn.get("text")
    ]


def _quoted_turns(verifications: Sequence[Verification]) -> frozenset[tuple[str, int]]:
    quotes = (quote for verification in verifications for quote in verification.quotes)
    return frozenset(
        (str(quote.get("attempt")), int(quote.get("turn", -1))) for quote in quotes if isinstance(quote, Mapping)
    )


def _clock(seconds: Any) -> str:
    if not isinstance(seconds, int | float):
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def describe_next_step(target: CampaignTarget) -> str:
    """Return in words what happens next with a target, and which rule put it off."""
    if target.state == TargetState.DONE:
        return f"nothing: {CampaignTarget.DoneReason(target.done_reason).label.lower()}"
    if target.state != TargetState.READY or target.next_attempt_at is None:
        return str(TargetState(target.state).label)
    when = "now" if target.next_attempt_at <= clock.now() else f"from {_short(target.next_attempt_at)}"
    held = f", held: {in_words(target.hold_reason)}" if target.hold_reason else ""
    return f"{target.next_channel} {when} ({target.get_queue_rank_display()}){held}"


def _short(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %H:%M}"
