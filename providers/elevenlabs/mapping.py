"""Translate an ElevenLabs conversation into a `CallReport`.

The rules, in order, once a call has ended:

1. A machine answered, if ``call_result`` says so, or if the line was answered (or nothing is said of it) and the
   voicemail tool was used or the free text of ``termination_reason`` names voicemail. A line answered by a machine
   is "answered" too, so the tool's word counts for more.
2. ``call_result`` otherwise decides; a word that is not known here is ``UNKNOWN``.
3. Without it: whoever was heard was reached; then ``termination_reason``; then ``failed`` is failed, and a
   conversation that has a length was answered. The rest is ``UNKNOWN``.

``processing`` is not ended yet: its transcript is still to come, and an outcome is given once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers import payload
from providers.base import CallOutcome, CallPhase, CallReport, Speaker, Turn

REFERENCE_VARIABLE = "attempt_id"

_PHASES = {
    "initiated": CallPhase.PLACED,
    "in-progress": CallPhase.ANSWERED,
    "processing": CallPhase.ANSWERED,
    "done": CallPhase.ENDED,
    "failed": CallPhase.ENDED,
}
_CALL_RESULTS = {
    "answered": CallOutcome.ANSWERED,
    "voicemail": CallOutcome.VOICEMAIL,
    "busy": CallOutcome.BUSY,
    "no_answer": CallOutcome.NO_ANSWER,
    "failed": CallOutcome.FAILED,
}
_NEVER_ANSWERED = frozenset({CallOutcome.BUSY, CallOutcome.NO_ANSWER, CallOutcome.FAILED})
_TERMINATION_WORDS = {
    "busy": CallOutcome.BUSY,
    "no answer": CallOutcome.NO_ANSWER,
    "no-answer": CallOutcome.NO_ANSWER,
    "no_answer": CallOutcome.NO_ANSWER,
}
_FAILURE_REASONS = {"busy": CallOutcome.BUSY, "no-answer": CallOutcome.NO_ANSWER, "no_answer": CallOutcome.NO_ANSWER}
_LINE_STATUSES = {
    "busy": CallOutcome.BUSY,
    "no-answer": CallOutcome.NO_ANSWER,
    "failed": CallOutcome.FAILED,
    "canceled": CallOutcome.FAILED,
}
# RFC 3261: 486 busy here, 600 busy everywhere, 603 declined, which networks report as busy; 408, 480 and 487 mean
# that nobody picked up in time.
_SIP_STATUSES = {
    486: CallOutcome.BUSY,
    600: CallOutcome.BUSY,
    603: CallOutcome.BUSY,
    408: CallOutcome.NO_ANSWER,
    480: CallOutcome.NO_ANSWER,
    487: CallOutcome.NO_ANSWER,
}
_SPEAKERS = {"agent": Speaker.AGENT, "user": Speaker.PERSON}


def report(conversation: Mapping[str, Any], *, has_ended: bool = False) -> CallReport:
    """Return the report of a conversation as looked up, or as a webhook brings it once it `has_ended`. Never raises."""
    metadata = payload.mapping(conversation.get("metadata"))
    analysis = payload.mapping(conversation.get("analysis"))
    turns = _turns(conversation)
    phase = CallPhase.ENDED if has_ended else _phase(conversation, metadata)
    return CallReport(
        provider_id=payload.text(conversation.get("conversation_id")),
        phase=phase,
        outcome=_outcome(conversation, metadata, turns) if phase is CallPhase.ENDED else None,
        reference=reference_of(conversation),
        variables=_variables(conversation),
        to_number=payload.text(payload.mapping(metadata.get("phone_call")).get("external_number")),
        started_at=payload.moment(metadata.get("start_time_unix_secs")),
        duration_seconds=payload.whole(metadata.get("call_duration_secs")),
        turns=turns,
        summary=payload.text(analysis.get("transcript_summary")),
        summary_title=payload.text(analysis.get("call_summary_title")),
        call_successful=payload.text(analysis.get("call_successful")),
        termination_reason=payload.text(metadata.get("termination_reason")),
        collected=_collected(analysis),
        raw=conversation,
    )


def failed_start(data: Mapping[str, Any]) -> CallReport:
    """Return the report of a call that never became a conversation (``call_initiation_failure``). Never raises."""
    return CallReport(
        provider_id=payload.text(data.get("conversation_id")),
        phase=CallPhase.ENDED,
        outcome=_failure(data),
        reference=reference_of(data),
        termination_reason=payload.text(data.get("failure_reason")),
        raw=data,
    )


def picked_up(data: Mapping[str, Any]) -> CallReport:
    """Return the report of a line that somebody or something answered (``answering_machine_detection``). Never raises.

    It gives no outcome: detection guesses from the first sounds, and the conversation's own result is still to come.
    """
    return CallReport(
        provider_id=payload.text(data.get("conversation_id")),
        phase=CallPhase.ANSWERED,
        reference=reference_of(data),
        raw=data,
    )


def reference_of(conversation: Mapping[str, Any]) -> str:
    """Return the attempt's id as the vendor echoes it, '' where it does not."""
    opening = payload.mapping(conversation.get("conversation_initiation_client_data"))
    echoes = _variables(conversation).get(REFERENCE_VARIABLE), opening.get("user_id"), conversation.get("user_id")
    return next((echo for echo in echoes if isinstance(echo, str) and echo), "")


def _variables(conversation: Mapping[str, Any]) -> dict[str, Any]:
    opening = payload.mapping(conversation.get("conversation_initiation_client_data"))
    return payload.mapping(opening.get("dynamic_variables"))


def _phase(conversation: Mapping[str, Any], metadata: Mapping[str, Any]) -> CallPhase:
    if _call_result(metadata) in _NEVER_ANSWERED:
        return CallPhase.ENDED  # whatever the status: a call nobody takes may stay "initiated" for good
    return _PHASES.get(payload.text(conversation.get("status")), CallPhase.PLACED)


def _call_result(metadata: Mapping[str, Any]) -> CallOutcome | None:
    word = payload.mapping(metadata.get("phone_call")).get("call_result")
    if word is None or word == "":
        return None
    return _CALL_RESULTS.get(payload.text(word), CallOutcome.UNKNOWN)


def _outcome(conversation: Mapping[str, Any], metadata: Mapping[str, Any], turns: tuple[Turn, ...]) -> CallOutcome:
    result = _call_result(metadata)
    if result not in _NEVER_ANSWERED and _met_voicemail(metadata):
        return CallOutcome.VOICEMAIL
    if result is not None:
        return result
    if any(turn.speaker is Speaker.PERSON for turn in turns):
        return CallOutcome.ANSWERED
    reason = payload.text(metadata.get("termination_reason")).lower()
    told = next((outcome for words, outcome in _TERMINATION_WORDS.items() if words in reason), None)
    return told or _outcome_by_status(conversation, metadata, turns)


def _outcome_by_status(
    conversation: Mapping[str, Any], metadata: Mapping[str, Any], turns: tuple[Turn, ...]
) -> CallOutcome:
    status = conversation.get("status")
    if status == "failed":
        return CallOutcome.FAILED
    lasted = bool(turns) or bool(payload.whole(metadata.get("call_duration_secs")))
    return CallOutcome.ANSWERED if status == "done" and lasted else CallOutcome.UNKNOWN


def _met_voicemail(metadata: Mapping[str, Any]) -> bool:
    tool = payload.mapping(payload.mapping(metadata.get("features_usage")).get("voicemail_detection"))
    return tool.get("used") is True or "voicemail" in payload.text(metadata.get("termination_reason")).lower()


def _failure(data: Mapping[str, Any]) -> CallOutcome:
    word = data.get("failure_reason")
    if isinstance(word, str) and word in _FAILURE_REASONS:
        return _FAILURE_REASONS[word]
    line = payload.mapping(payload.mapping(data.get("metadata")).get("body"))
    sip = payload.whole(line.get("sip_status_code"))
    if sip:
        return _SIP_STATUSES.get(sip, CallOutcome.FAILED)
    known = _LINE_STATUSES.get(payload.text(line.get("CallStatus")))
    return known or (CallOutcome.FAILED if word == "unknown" else CallOutcome.UNKNOWN)


def _turns(conversation: Mapping[str, Any]) -> tuple[Turn, ...]:
    return tuple(
        Turn(_SPEAKERS[role], said, payload.seconds(entry.get("time_in_call_secs")))
        for entry in payload.mappings(conversation.get("transcript"))
        if (role := payload.text(entry.get("role"))) in _SPEAKERS
        and (said := payload.text(entry.get("message")).strip())
    )


def _collected(analysis: Mapping[str, Any]) -> dict[str, Any]:
    results = payload.mapping(analysis.get("data_collection_results"))
    return {name: entry.get("value") for name, entry in results.items() if isinstance(entry, dict)}
