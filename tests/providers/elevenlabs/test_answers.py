"""Which refusal an answer of ElevenLabs means. What every adapter does alike is in the conformance suite."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import Accepted, InDoubt, RefusalCode, Refused
from providers.elevenlabs.answers import dial_result
from providers.http import Answer
from tests.providers import hostile


def result(status: int, body: object) -> object:
    return dial_result(Answer(status, {}, json.dumps(body).encode()))


def detail(**fields: str) -> dict[str, Any]:
    return {"detail": fields}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, detail(message="Agent is archived"), RefusalCode.MISCONFIGURED),
        (400, detail(message="+1555 is not a valid phone number"), RefusalCode.INVALID_ADDRESS),
        (401, detail(status="quota_exceeded", message="No credits"), RefusalCode.UNAUTHORIZED),
        (402, detail(code="payment_required"), RefusalCode.UNAUTHORIZED),
        (403, detail(message="to_number is not allowed for this account"), RefusalCode.UNAUTHORIZED),
        (404, detail(code="agent_not_found", message="No such agent"), RefusalCode.MISCONFIGURED),
        (404, detail(code="not_found", param="agent_phone_number_id"), RefusalCode.MISCONFIGURED),
        (404, detail(message="Invalid phone number id"), RefusalCode.MISCONFIGURED),
        (404, detail(code="invalid_phone_number_id"), RefusalCode.MISCONFIGURED),
        (422, detail(param="to_number", message="must be E.164"), RefusalCode.INVALID_ADDRESS),
        (422, {"detail": [{"loc": ["body", "agent_phone_number_id"], "msg": "missing"}]}, RefusalCode.MISCONFIGURED),
        (422, {"detail": [{"loc": ["body", "to_number"], "msg": "missing"}]}, RefusalCode.INVALID_ADDRESS),
        (422, {"detail": "Invalid phone number"}, RefusalCode.INVALID_ADDRESS),
        (429, detail(code="rate_limit_exceeded"), RefusalCode.RATE_LIMITED),
        (429, detail(code="concurrent_limit_exceeded"), RefusalCode.NO_CAPACITY),
        (429, detail(status="too_many_concurrent_requests"), RefusalCode.NO_CAPACITY),
        (429, {}, RefusalCode.RATE_LIMITED),
        (200, {"success": False, "message": "no", "conversation_id": None}, RefusalCode.OTHER),
        (200, {"success": False, "message": "Invalid phone number"}, RefusalCode.INVALID_ADDRESS),
        (200, {"success": False}, RefusalCode.OTHER),
    ],
)
def test_a_refusal_names_its_reason(status: int, body: object, code: RefusalCode) -> None:
    refused = result(status, body)
    assert isinstance(refused, Refused)
    assert refused.code is code
    assert refused.raw == body


def test_a_refusal_repeats_the_vendors_words() -> None:
    refused = result(400, detail(code="bad", message="Agent is archived"))
    assert isinstance(refused, Refused)
    assert refused.message == "bad Agent is archived"


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "conversation_id": None},
        {"success": True, "conversation_id": ""},
        {"success": True},
        {"success": 1, "conversation_id": "conv_1"},
        {"conversation_id": "conv_1"},
    ],
)
def test_a_success_without_a_conversation_leaves_doubt(body: object) -> None:
    assert isinstance(result(200, body), InDoubt)


@pytest.mark.parametrize(("word", "line"), [("callSid", "CA1"), ("sip_call_id", "SIP1")])
def test_an_accepted_call_keeps_the_id_of_its_line(word: str, line: str) -> None:
    accepted = result(201, {"success": True, "conversation_id": "conv_1", word: line, "extra": [1]})
    assert isinstance(accepted, Accepted)
    assert (accepted.provider_id, accepted.secondary_id, accepted.raw["extra"]) == ("conv_1", line, [1])


REFUSING = {400, 401, 402, 403, 404, 422, 429}
SAMPLE = {"detail": [{"loc": ["body"], "msg": "x"}], "success": True, "conversation_id": "conv_1"}


@settings(max_examples=300, deadline=None)
@given(st.integers(100, 599), hostile.values | hostile.maimed(SAMPLE))
def test_any_answer_becomes_the_kind_of_result_its_status_allows(status: int, body: Any) -> None:
    found = dial_result(Answer(status, {}, hostile.written(body)))
    if status in REFUSING:
        assert isinstance(found, Refused)
    elif not 200 <= status < 300:
        assert isinstance(found, InDoubt)
    elif isinstance(found, Accepted):
        assert body["success"] is True
