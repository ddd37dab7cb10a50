"""What the receiver of ElevenLabs believes, recognises and understands."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from providers.base import CallEvent, CallOutcome, CallPhase, IgnoredEvent, SignatureError
from providers.elevenlabs.webhooks import ElevenLabsReceiver
from tests.providers import hostile
from tests.providers.elevenlabs import samples

RECEIVER = ElevenLabsReceiver()
SECRET = "wsec_test"
BODY = b'{"type":"post_call_audio"}'
STAMP = 1_700_000_000
VENDORS_EXAMPLE = "t=1700000000,v0=bbe874cc962ee7a0168d94e2a300713beb294135877e0e4de7f3da272e52c4af"


def verify(header: str | None, *, secrets: tuple[str, ...] = (SECRET,), body: bytes = BODY, late: float = 0) -> None:
    headers = {} if header is None else {"elevenlabs-signature": header}
    RECEIVER.verify(body, headers, secrets=secrets, now=dt.datetime.fromtimestamp(STAMP + late, dt.UTC))


def signed(secret: str, stamp: str = str(STAMP), body: bytes = BODY) -> str:
    return f"t={stamp},v0={hmac.new(secret.encode(), stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def event(kind: str, data: object) -> bytes:
    return json.dumps({"type": kind, "event_timestamp": STAMP, "data": data}).encode()


def test_the_vendors_signature_is_believed() -> None:
    verify(VENDORS_EXAMPLE)


@pytest.mark.parametrize("secrets", [("old", SECRET), (SECRET, "new")])
def test_any_of_several_secrets_will_do(secrets: tuple[str, ...]) -> None:
    verify(VENDORS_EXAMPLE, secrets=secrets)


@pytest.mark.parametrize("late", [-1800, 1800])
def test_half_an_hour_either_way_is_near_enough(late: float) -> None:
    verify(VENDORS_EXAMPLE, late=late)


@pytest.mark.parametrize("late", [-1801, 1801])
def test_a_stamp_further_off_is_refused_past_or_future(late: float) -> None:
    with pytest.raises(SignatureError):
        verify(VENDORS_EXAMPLE, late=late)


@pytest.mark.parametrize("body", [BODY + b" ", b"", BODY.replace(b"audio", b"AUDIO")])
def test_a_changed_body_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(VENDORS_EXAMPLE, body=body)


@pytest.mark.parametrize("secrets", [(), ("other",), ("",)])
def test_a_wrong_secret_is_refused(secrets: tuple[str, ...]) -> None:
    with pytest.raises(SignatureError):
        verify(VENDORS_EXAMPLE, secrets=secrets)


def test_an_empty_secret_signs_nothing() -> None:
    with pytest.raises(SignatureError):
        verify(signed(""), secrets=("",))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v0=",
        "t=1700000000",
        "v0=bbe874cc962ee7a0168d94e2a300713beb294135877e0e4de7f3da272e52c4af",
        "t=1700000000,v1=bbe874cc962ee7a0168d94e2a300713beb294135877e0e4de7f3da272e52c4af",
        "t=1700000000,t=1700000001,v0=bbe874cc962ee7a0168d94e2a300713beb294135877e0e4de7f3da272e52c4af",
        "t=1700000000,v0=\ud800\xe9",
        "t=\N{ARABIC-INDIC DIGIT ONE}700000000,v0=00",
        signed(SECRET, "1700000000.5"),
        signed(SECRET, "9" * 5000),
        signed(SECRET, "-1"),
    ],
)
def test_a_malformed_header_is_refused(header: str | None) -> None:
    with pytest.raises(SignatureError):
        verify(header)


@given(st.text(), st.binary())
def test_nothing_but_a_signature_error_comes_out(header: str, body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(header, body=body)


def test_an_event_is_recognised_by_type_and_conversation() -> None:
    first = event("post_call_transcription", samples.conversation())
    again = event("post_call_transcription", samples.conversation(status="failed"))
    assert RECEIVER.event_key(first) == RECEIVER.event_key(again) == "post_call_transcription:conv_1"
    assert RECEIVER.event_key(event("post_call_audio", {"conversation_id": "conv_1"})) == "post_call_audio:conv_1"


@pytest.mark.parametrize("body", [event("x", {}), event("x" * 300, {"conversation_id": "c"}), event("x", [])])
def test_an_event_without_a_name_is_recognised_by_its_bytes(body: bytes) -> None:
    assert RECEIVER.event_key(body) == hashlib.sha256(body).hexdigest()


def test_a_transcription_ends_the_call() -> None:
    (found,) = RECEIVER.parse(event("post_call_transcription", samples.conversation(status="processing")))
    assert isinstance(found, CallEvent)
    assert (found.report.reference, found.report.outcome) == ("attempt-1", CallOutcome.ANSWERED)


def test_a_failed_start_ends_the_call() -> None:
    (found,) = RECEIVER.parse(event("call_initiation_failure", samples.initiation_failure("busy")))
    assert isinstance(found, CallEvent)
    assert (found.report.provider_id, found.report.outcome) == ("conv_1", CallOutcome.BUSY)


def test_machine_detection_says_that_the_line_was_answered_and_no_more() -> None:
    data = {"conversation_id": "conv_1", "answered_by": "machine_start"}
    (found,) = RECEIVER.parse(event("answering_machine_detection", data))
    assert isinstance(found, CallEvent)
    assert (found.report.phase, found.report.outcome) == (CallPhase.ANSWERED, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (event("post_call_audio", {"conversation_id": "conv_1", "full_audio": "//uQ"}), "post_call_audio"),
        (event("a_new_kind", {}), "a_new_kind"),
        (event("post_call_transcription", {"status": "done"}), "post_call_transcription of no call"),
        (event("call_initiation_failure", None), "call_initiation_failure of no call"),
        (b"", "unreadable"),
    ],
)
def test_what_needs_no_action_is_ignored_by_name(body: bytes, kind: str) -> None:
    assert RECEIVER.parse(body) == [IgnoredEvent(kind)]


def assert_survives(body: bytes) -> None:
    assert 0 < len(RECEIVER.event_key(body)) <= 200
    assert len(RECEIVER.parse(body)) == 1


@pytest.mark.parametrize("body", hostile.BODIES)
def test_a_hostile_body_is_survived(body: bytes) -> None:
    assert_survives(body)


@given(st.binary())
def test_any_bytes_are_survived(body: bytes) -> None:
    assert_survives(body)


@settings(max_examples=200, deadline=None)
@given(hostile.values, hostile.values)
@example("post_call_transcription", [])
def test_any_json_is_survived(kind: Any, data: Any) -> None:
    assert_survives(hostile.written({"type": kind, "data": data}))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["post_call_transcription", "call_initiation_failure", "answering_machine_detection"]),
    hostile.maimed(samples.conversation(failure_reason="unknown")),
)
def test_a_maimed_event_is_survived(kind: str, data: dict[str, Any]) -> None:
    assert_survives(hostile.written({"type": kind, "data": data}))
