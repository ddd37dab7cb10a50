"""How a conversation's many words become one outcome."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings

from providers.base import CallOutcome, CallPhase, CallReport, Speaker, Turn
from providers.elevenlabs import mapping
from tests.providers import hostile
from tests.providers.elevenlabs import samples

SPOKEN = [{"role": "user", "message": "Hello?", "time_in_call_secs": 1}]
TALKED_TO_SILENCE = [{"role": "agent", "message": "Anybody there?", "time_in_call_secs": 1}]


def test_a_whole_conversation_is_reported() -> None:
    conversation = samples.conversation()
    assert mapping.report(conversation) == CallReport(
        provider_id="conv_1",
        phase=CallPhase.ENDED,
        outcome=CallOutcome.ANSWERED,
        reference="attempt-1",
        variables={"attempt_id": "attempt-1", "lead_name": "Ana"},
        started_at=dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC),
        duration_seconds=71,
        turns=(
            Turn(Speaker.AGENT, "Hello, this is Clara.", 0.0),
            Turn(Speaker.PERSON, "Hi, who is it?", 4.0),
            Turn(Speaker.AGENT, "Goodbye.", 66.0),
        ),
        summary="They agreed to a visit.",
        summary_title="Visit agreed",
        call_successful="success",
        termination_reason="Call ended by remote party",
        collected={"budget": 1200},
        raw=conversation,
    )


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("initiated", CallPhase.PLACED),
        ("in-progress", CallPhase.ANSWERED),
        ("processing", CallPhase.ANSWERED),
        ("done", CallPhase.ENDED),
        ("failed", CallPhase.ENDED),
        ("a new word", CallPhase.PLACED),
    ],
)
def test_a_status_tells_how_far_a_call_has_come(status: str, phase: CallPhase) -> None:
    report = mapping.report(samples.conversation(status=status))
    assert report.phase is phase
    assert (report.outcome is None) == (phase is not CallPhase.ENDED)


@pytest.mark.parametrize("result", ["busy", "no_answer", "failed"])
def test_a_call_that_nobody_took_has_ended_even_while_initiated(result: str) -> None:
    assert mapping.report(samples.ended(status="initiated", call_result=result)).phase is CallPhase.ENDED


def test_a_machine_that_is_being_spoken_to_has_not_ended_the_call() -> None:
    report = mapping.report(samples.ended(status="in-progress", call_result="voicemail"))
    assert (report.phase, report.outcome) == (CallPhase.ANSWERED, None)


OUTCOMES: list[tuple[dict[str, Any], CallOutcome]] = [
    (samples.ended(call_result="answered"), CallOutcome.ANSWERED),
    (samples.ended(call_result="busy"), CallOutcome.BUSY),
    (samples.ended(call_result="no_answer"), CallOutcome.NO_ANSWER),
    (samples.ended(call_result="failed"), CallOutcome.FAILED),
    (samples.ended(call_result="voicemail"), CallOutcome.VOICEMAIL),
    (samples.ended(call_result="declined"), CallOutcome.UNKNOWN),
    (samples.ended(call_result=7), CallOutcome.UNKNOWN),
    (samples.ended(call_result="answered", voicemail_tool=True), CallOutcome.VOICEMAIL),
    (samples.ended(call_result="answered", reason="voicemail_detection tool was called."), CallOutcome.VOICEMAIL),
    (samples.ended(reason="Voicemail_Detection tool was called."), CallOutcome.VOICEMAIL),
    (samples.ended(voicemail_tool=True, transcript=SPOKEN), CallOutcome.VOICEMAIL),
    (samples.ended(call_result="busy", voicemail_tool=True), CallOutcome.BUSY),
    (samples.ended(transcript=SPOKEN), CallOutcome.ANSWERED),
    (samples.ended(status="failed", transcript=SPOKEN), CallOutcome.ANSWERED),
    (samples.ended(status="failed", transcript=TALKED_TO_SILENCE), CallOutcome.FAILED),
    (samples.ended(status="failed"), CallOutcome.FAILED),
    (samples.ended(status="failed", reason="Line BUSY"), CallOutcome.BUSY),
    (samples.ended(reason="no answer from remote"), CallOutcome.NO_ANSWER),
    (samples.ended(transcript=TALKED_TO_SILENCE), CallOutcome.ANSWERED),
    (samples.ended(), CallOutcome.UNKNOWN),
]


@pytest.mark.parametrize(("conversation", "outcome"), OUTCOMES)
def test_the_rules_give_the_outcome(conversation: dict[str, Any], outcome: CallOutcome) -> None:
    assert mapping.report(conversation).outcome is outcome


@pytest.mark.parametrize("status", ["processing", "initiated", "a new word"])
def test_a_post_call_webhook_means_that_the_call_has_ended(status: str) -> None:
    report = mapping.report(samples.conversation(status=status), has_ended=True)
    assert (report.phase, report.outcome) == (CallPhase.ENDED, CallOutcome.ANSWERED)


@pytest.mark.parametrize(
    ("reason", "metadata", "outcome"),
    [
        ("busy", None, CallOutcome.BUSY),
        ("no-answer", None, CallOutcome.NO_ANSWER),
        ("unknown", None, CallOutcome.FAILED),
        ("unknown", {"type": "twilio", "body": {"CallStatus": "busy"}}, CallOutcome.BUSY),
        ("unknown", {"type": "twilio", "body": {"CallStatus": "canceled"}}, CallOutcome.FAILED),
        ("unknown", {"type": "sip", "body": {"sip_status_code": 486}}, CallOutcome.BUSY),
        ("unknown", {"type": "sip", "body": {"sip_status_code": 480}}, CallOutcome.NO_ANSWER),
        ("unknown", {"type": "sip", "body": {"sip_status_code": 404}}, CallOutcome.FAILED),
        ("a new word", None, CallOutcome.UNKNOWN),
        ("a new word", {"type": "sip", "body": {"sip_status_code": "603"}}, CallOutcome.BUSY),
    ],
)
def test_a_failed_start_tells_why(reason: str, metadata: object, outcome: CallOutcome) -> None:
    report = mapping.failed_start(samples.initiation_failure(reason, metadata))
    assert (report.provider_id, report.phase, report.outcome) == ("conv_1", CallPhase.ENDED, outcome)


@pytest.mark.parametrize(
    "echo",
    [
        {"conversation_initiation_client_data": {"dynamic_variables": {"attempt_id": "attempt-9"}}, "user_id": "x"},
        {"conversation_initiation_client_data": {"user_id": "attempt-9"}},
        {"conversation_initiation_client_data": None, "user_id": "attempt-9"},
        {"conversation_initiation_client_data": {"dynamic_variables": {"attempt_id": 7}}, "user_id": "attempt-9"},
    ],
)
def test_the_reference_is_found_wherever_it_is_echoed(echo: dict[str, Any]) -> None:
    assert mapping.reference_of(echo) == "attempt-9"


def test_no_echo_is_no_reference() -> None:
    assert mapping.reference_of({}) == ""


def assert_storable(report: CallReport) -> None:
    for words in (report.provider_id, report.reference, report.summary, report.termination_reason):
        assert "\x00" not in words
        words.encode()
    assert (report.outcome is None) == (report.phase is not CallPhase.ENDED)


@settings(max_examples=300, deadline=None)
@given(hostile.maimed(samples.conversation()))
def test_a_maimed_conversation_is_still_reported(conversation: dict[str, Any]) -> None:
    from providers.payload import read_object

    assert_storable(mapping.report(read_object(json.dumps(conversation).encode())))
