"""Tell what happened with one person, newest first: every attempt, what was said, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from lib import clock, zones
from lib.windows import hours_in_words
from organizations.models import AuditEvent
from targets.hold_reasons import in_words
from targets.lifecycle import AttemptState, TargetState
from targets.models import Appointment, Attempt, CampaignTarget, Conversation, InboundMessage, ReviewItem, Verification
from targets.people import address_for, candidate_zones
from targets.target_waiting import why_target_waits

_ATTEMPTS_SHOWN = 50
_FINDINGS_SHOWN = 20
_CHANGES_SHOWN = 50

ATTEMPT_COLOURS = {
    AttemptState.COMPLETED.value: "success",
    AttemptState.FAILED.value: "danger",
    AttemptState.ACCEPTED.value: "primary",
    AttemptState.RESERVED.value: "info",
    AttemptState.SUBMITTING.value: "info",
    AttemptState.UNKNOWN.value: "warning",
    AttemptState.GAVE_UP.value: "warning",
}
CHANNELS = {"call": "Call", "whatsapp": "WhatsApp", "email": "Email"}
_ICONS = {"call": "call", "whatsapp": "chat", "email": "mail"}
VERDICTS = {"met": "success", "not_met": "danger", "unclear": "warning"}
_CHANGES = {
    "target.staged": "moved",
    "target.verified": "the goal was verified",
    "target.callback_promised": "a call was promised",
    "target.removed": "taken out of the campaign",
    "target.restored": "brought back",
    "target.withdrawn": "withdrawn",
}
# What a decision keeps, in the words of whoever asks why somebody was called.
_DECISION = {
    "room": "lines free",
    "organization_limit": "lines of the organization",
    "maximum_calls": "calls the campaign allows",
    "tzdata": "time zones as of",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a conversation; `is_quoted` where a verification rests on it."""

    is_person: bool
    text: str
    at: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened at one moment; `there` is the person's own clock, "" where it agrees with the viewer's.

    `kind` chooses the part of the template that tells of `about`; `lines` and `decision` belong to attempts.
    """

    at: datetime
    kind: str
    about: Any
    icon: str
    there: str = ""
    colour: str = ""
    title: str = ""
    words: str = ""
    lines: Sequence[Line] = ()
    decision: Sequence[tuple[str, str]] = ()
    is_open: bool = False


def story_of(target: CampaignTarget) -> dict[str, Any]:
    """Return what the top of a target's page shows; a constant number of queries."""
    waiting = why_target_waits(target)
    zone = zone_of(target)
    verifications = list(Verification.objects.filter(target=target)[:_FINDINGS_SHOWN])
    quoted = _quoted_turns(verifications[:1])
    entries = [
        *_attempts(target, quoted),
        *(Entry(v.at, "verification", v, "fact_check", colour=VERDICTS.get(v.verdict, "")) for v in verifications),
        *_replies(target),
        *_reviews(target),
        *_appointments(target),
        *_changes(target),
    ]
    newest_first = sorted(entries, key=lambda entry: entry.at, reverse=True)
    return {
        "next_step": describe_next_step(target),
        "next_there": there(target.next_attempt_at, zone),
        "waiting": waiting,
        "zone": zone.key if zone else "",
        "person_now": f"{clock.now().astimezone(zone):%a %H:%M}" if zone else "",
        "entries": [_on_their_clock(entry, zone) for entry in newest_first],
    }


def zone_of(target: CampaignTarget) -> ZoneInfo | None:
    """Return the zone the person is in, the first where it may be several; None where it is unknown."""
    candidates = candidate_zones(target, address_for(target, target.next_channel) or "")
    return zones.zone(candidates[0]) if candidates else None


def there(at: datetime | None, zone: ZoneInfo | None) -> str:
    """Return the moment on the person's clock, "" where that shows the same as the viewer's."""
    if at is None or zone is None:
        return ""
    local, mine = at.astimezone(zone), timezone.localtime(at)
    if local.utcoffset() == mine.utcoffset():
        return ""
    day = "" if local.date() == mine.date() else f"{local:%a} "
    return f"{day}{local:%H:%M} {zone.key}"


def _on_their_clock(entry: Entry, zone: ZoneInfo | None) -> Entry:
    if entry.kind not in ("attempt", "reply", "appointment"):
        return entry
    return replace(entry, there=there(entry.at, zone))


def _attempts(target: CampaignTarget, quoted: frozenset[tuple[str, int]]) -> Iterable[Entry]:
    rows = Attempt.objects.filter(target=target).select_related("conversation").order_by("-reserved_at")
    is_newest = True
    for attempt in rows[:_ATTEMPTS_SHOWN]:
        conversation = getattr(attempt, "conversation", None)
        yield Entry(
            at=attempt.submit_started_at or attempt.reserved_at,
            kind="attempt",
            about=attempt,
            icon=_ICONS[attempt.channel],
            title=f"{CHANNELS[attempt.channel]} {attempt.number} to {attempt.address}",
            colour=ATTEMPT_COLOURS.get(attempt.state, ""),
            words=conversation.summary if conversation else "",
            lines=dialogue(conversation, quoted) if conversation else (),
            decision=decision_in_words(attempt.decision),
            is_open=is_newest and conversation is not None,
        )
        is_newest = is_newest and conversation is None


def _replies(target: CampaignTarget) -> Iterable[Entry]:
    for reply in InboundMessage.objects.filter(target=target)[:_FINDINGS_SHOWN]:
        yield Entry(reply.received_at, "reply", reply, "mark_chat_unread", title=CHANNELS[reply.channel])


def _reviews(target: CampaignTarget) -> Iterable[Entry]:
    for item in ReviewItem.objects.filter(target=target).select_related("decided_by")[:_FINDINGS_SHOWN]:
        yield Entry(item.decided_at or item.created_at, "review", item, "rate_review")


def _appointments(target: CampaignTarget) -> Iterable[Entry]:
    for appointment in Appointment.objects.filter(target=target)[:_FINDINGS_SHOWN]:
        yield Entry(appointment.created_at, "appointment", appointment, "event_available")


def _changes(target: CampaignTarget) -> Iterable[Entry]:
    """Return what people and programs did to the target, as the audit log has it."""
    events = AuditEvent.objects.filter(organization=target.organization_id, object_id=target.pk)
    for event in events.select_related("user").order_by("-at")[:_CHANGES_SHOWN]:
        words = _CHANGES.get(event.action, event.action.replace("_", " ").replace(".", " "))
        before, after = (*event.changes.get("stage", ()), "", "")[:2]
        yield Entry(event.at, "change", event, "edit", words=f"{words} from {before} to {after}" if after else words)


def decision_in_words(decision: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the decision to send saw, as (what, value); the attempt's page has all of it."""
    told = [(words, str(decision[name])) for name, words in _DECISION.items() if name in decision]
    hours = decision.get("hours")
    if isinstance(hours, Mapping):
        told += [(f"hours in {zone}", hours_in_words(windows)) for zone, windows in hours.items()]
    return told


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
    return f"{CHANNELS[target.next_channel]} {when} ({target.get_queue_rank_display()}){held}"


def _short(at: datetime) -> str:
    return f"{timezone.localtime(at):%d %b %H:%M}"
