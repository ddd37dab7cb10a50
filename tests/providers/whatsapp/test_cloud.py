"""What is asked of the WhatsApp Cloud API, and which refusal its codes mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import Accepted, InDoubt, MessageRequest, RefusalCode, Refused
from providers.http import Answer
from providers.whatsapp.cloud import WhatsAppCloud, send_result
from tests.providers import hostile
from tests.providers import vendor_server as vendor
from tests.providers.vendor_server import VendorServer

ACCEPTED = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+34600000001", "wa_id": "34600000001", "user_id": "ES.1"}],
    "messages": [{"id": "wamid.1", "message_status": "accepted"}],
}


@pytest.fixture
def server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running.will(vendor.answer(200, ACCEPTED))


@pytest.fixture
def whatsapp(server: VendorServer) -> Iterator[WhatsAppCloud]:
    adapter = WhatsAppCloud("token-1", server.url + "/", connect_seconds=0.3, total_seconds=0.5)
    yield adapter
    adapter.close()


def request(**changes: Any) -> MessageRequest:
    return MessageRequest("message-1", "+34600000001", "1234", **changes)


def test_a_text_is_sent_as_text(whatsapp: WhatsAppCloud, server: VendorServer) -> None:
    result = whatsapp.send_message(request(text="Hello"))
    (received,) = server.received
    assert (received.method, received.path) == ("POST", "/v26.0/1234/messages")
    assert received.headers["authorization"] == "Bearer token-1"
    assert received.json() == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+34600000001",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "message-1",
    }
    assert result == Accepted("wamid.1", "ES.1", raw=ACCEPTED)


def test_a_template_wins_over_text(whatsapp: WhatsAppCloud, server: VendorServer) -> None:
    whatsapp.send_message(
        request(text="Hi", template_name="visit", template_language="es", template_parameters=["Ana", "lunes"])
    )
    body = server.received[0].json()
    assert (body["type"], "text" in body) == ("template", False)
    assert body["template"] == {
        "name": "visit",
        "language": {"code": "es"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "lunes"}]}
        ],
    }


def test_a_template_without_parameters_has_no_components(whatsapp: WhatsAppCloud, server: VendorServer) -> None:
    whatsapp.send_message(request(template_name="visit", template_language="es"))
    assert server.received[0].json()["template"] == {"name": "visit", "language": {"code": "es"}}


def test_an_odd_sender_stays_inside_its_path(whatsapp: WhatsAppCloud, server: VendorServer) -> None:
    whatsapp.send_message(MessageRequest("message-1", "+34600000001", "../me?x=1", text="Hello"))
    assert server.received[0].path == "/v26.0/..%2Fme%3Fx%3D1/messages"


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        *((code, RefusalCode.RATE_LIMITED) for code in (4, 80007, 130429, 131000, 131016, 131049, 131056, 131057)),
        *((code, RefusalCode.UNAUTHORIZED) for code in (10, 190, 200, 299, 368, 131005, 131031, 131042)),
        *((code, RefusalCode.MISCONFIGURED) for code in (100, 132000, 132001, 132012, 132015, 132016)),
        (131026, RefusalCode.INVALID_ADDRESS),
        (131047, RefusalCode.OUTSIDE_SESSION),
        (131050, RefusalCode.OPTED_OUT),
        ("131026", RefusalCode.INVALID_ADDRESS),
        (300, RefusalCode.OTHER),
        (True, RefusalCode.OTHER),
        (None, RefusalCode.OTHER),
    ],
)
def test_a_code_has_its_meaning(code: object, meaning: RefusalCode) -> None:
    result = send_result(Answer(400, {}, json.dumps({"error": {"message": "x", "code": code}}).encode()))
    assert isinstance(result, Refused)
    assert result.code is meaning


@pytest.mark.parametrize(("code", "seconds"), [(131049, 86_400), (131056, 6), (130429, 30)])
def test_a_code_may_ask_for_a_pause_of_its_own(code: int, seconds: float) -> None:
    result = send_result(Answer(429, {"retry-after": "30"}, json.dumps({"error": {"code": code}}).encode()))
    assert isinstance(result, Refused)
    assert result.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, RefusalCode.OTHER),
        (401, RefusalCode.UNAUTHORIZED),
        (403, RefusalCode.UNAUTHORIZED),
        (404, RefusalCode.MISCONFIGURED),
        (429, RefusalCode.RATE_LIMITED),
    ],
)
def test_an_unknown_code_leaves_the_status_to_speak(status: int, meaning: RefusalCode) -> None:
    result = send_result(Answer(status, {}, b'{"error": {"code": 987654}}'))
    assert isinstance(result, Refused)
    assert result.code is meaning


def test_a_code_in_a_server_error_proves_nothing() -> None:
    assert isinstance(send_result(Answer(500, {}, b'{"error": {"code": 131026}}')), InDoubt)


REFUSING = {400, 401, 403, 404, 429}


@settings(max_examples=200, deadline=None)
@given(st.integers(100, 599), hostile.values | hostile.maimed({**ACCEPTED, "error": {"code": 1, "message": "x"}}))
def test_any_answer_becomes_the_kind_of_result_its_status_allows(status: int, body: Any) -> None:
    found = send_result(Answer(status, {}, hostile.written(body)))
    if status in REFUSING:
        assert isinstance(found, Refused)
    elif not 200 <= status < 300:
        assert isinstance(found, InDoubt)
