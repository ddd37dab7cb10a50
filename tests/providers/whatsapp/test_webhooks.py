"""What the receiver of WhatsApp believes and understands."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import (
    DeliveryEvent,
    DeliveryStatus,
    IgnoredEvent,
    InboundEvent,
    PreferenceEvent,
    ProviderEvent,
    RefusalCode,
    SignatureError,
)
from providers.whatsapp.webhooks import WhatsAppReceiver, answer_challenge
from tests.providers import hostile
from tests.providers.whatsapp import samples

RECEIVER = WhatsAppReceiver()
SECRET = "test_app_secret"
BODY = b'{"object":"whatsapp_business_account","entry":[]}'
METAS_EXAMPLE = "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"
NOW = dt.datetime(2026, 9, 26, tzinfo=dt.UTC)


def verify(header: str | None, *, secrets: tuple[str, ...] = (SECRET,), body: bytes = BODY) -> None:
    headers = {} if header is None else {"x-hub-signature-256": header}
    RECEIVER.verify(body, headers, secrets=secrets, now=NOW)


def parse(body: object) -> list[ProviderEvent]:
    return list(RECEIVER.parse(json.dumps(body).encode()))


# --- authenticity ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secrets", [(SECRET,), ("old", SECRET)])
def test_metas_signature_is_believed(secrets: tuple[str, ...]) -> None:
    verify(METAS_EXAMPLE, secrets=secrets)


@pytest.mark.parametrize(
    "header", [None, "", "sha256=", METAS_EXAMPLE[7:], METAS_EXAMPLE.upper(), METAS_EXAMPLE[:-1], "sha256=\ud800\xe9"]
)
def test_another_signature_is_refused(header: str | None) -> None:
    with pytest.raises(SignatureError):
        verify(header)


@pytest.mark.parametrize("secrets", [(), ("",), ("other",)])
def test_a_wrong_secret_is_refused(secrets: tuple[str, ...]) -> None:
    with pytest.raises(SignatureError):
        verify(METAS_EXAMPLE, secrets=secrets)


def test_an_empty_secret_signs_nothing() -> None:
    with pytest.raises(SignatureError):
        verify("sha256=" + hmac.new(b"", BODY, hashlib.sha256).hexdigest(), secrets=("",))


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify(METAS_EXAMPLE, body=BODY + b"\n")


HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": "token", "hub.challenge": "42"}


def test_the_handshake_is_answered_with_its_challenge() -> None:
    assert answer_challenge(HANDSHAKE, "token") == "42"


@pytest.mark.parametrize(
    ("params", "token"),
    [
        (HANDSHAKE, "other"),
        ({**HANDSHAKE, "hub.verify_token": ""}, ""),
        ({**HANDSHAKE, "hub.mode": "unsubscribe"}, "token"),
        ({**HANDSHAKE, "hub.verify_token": "\ud800"}, "token"),
        ({}, "token"),
        ({"hub.mode": "subscribe", "hub.verify_token": "token"}, "token"),
    ],
)
def test_a_stranger_gets_no_challenge_back(params: dict[str, str], token: str) -> None:
    assert answer_challenge(params, token) is None


# --- what a person sends --------------------------------------------------------------------------------------


def test_a_text_is_told_with_its_sender() -> None:
    message = samples.message(context={"id": "wamid.0"}, text={"body": "STOP"})
    assert parse(samples.delivery(messages=[message])) == [
        InboundEvent(
            provider_id="wamid.A",
            from_address="+15550002222",
            text="STOP",
            at=dt.datetime(2026, 9, 26, 10, 0, tzinfo=dt.UTC),
            sender_id="US.1",
            reply_to_provider_id="wamid.0",
            raw=message,
        )
    ]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (samples.message("button", button={"payload": "stop", "text": "Stop"}), "Stop"),
        (samples.message("interactive", interactive={"button_reply": {"id": "1", "title": "Yes"}}), "Yes"),
        (samples.message("interactive", interactive={"list_reply": {"id": "1", "title": "Monday"}}), "Monday"),
        (samples.message("reaction", reaction={"message_id": "x", "emoji": "+1"}), "+1"),
        (samples.message("image", image={"id": "1", "caption": "Look"}), "Look"),
        (samples.message("audio", audio={"id": "1"}), ""),
        (samples.message("unsupported", errors=[{"code": 131051}]), ""),
        (samples.message("a new type", text={"body": "x"}), ""),
    ],
)
def test_each_type_of_message_has_its_words(message: dict[str, Any], text: str) -> None:
    (event,) = parse(samples.delivery(messages=[message]))
    assert isinstance(event, InboundEvent)
    assert event.text == text


@pytest.mark.parametrize("phone", [None, "", "Ana", "0123456", 15550002222])
def test_a_hidden_phone_leaves_the_stable_id(phone: object) -> None:
    (event,) = parse(samples.delivery(messages=[{**samples.message(), "from": phone}]))
    assert isinstance(event, InboundEvent)
    assert (event.from_address, event.sender_id) == ("", "US.1")


@pytest.mark.parametrize(("value", "stop"), [("stop", True), ("resume", False)])
def test_a_preference_is_told(value: str, stop: bool) -> None:
    preference = {"wa_id": "15550002222", "user_id": "US.1", "category": "marketing_messages", "value": value}
    assert parse(samples.delivery("user_preferences", user_preferences=[preference])) == [
        PreferenceEvent("+15550002222", stop=stop, at=None, sender_id="US.1", raw=preference)
    ]


@pytest.mark.parametrize("preference", [{"value": "stop"}, {"wa_id": "15550002222", "value": "maybe"}])
def test_a_preference_without_a_person_or_a_wish_is_ignored(preference: dict[str, str]) -> None:
    (event,) = parse(samples.delivery("user_preferences", user_preferences=[preference]))
    assert isinstance(event, IgnoredEvent)


# --- what becomes of our messages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("sent", DeliveryStatus.SENT),
        ("delivered", DeliveryStatus.DELIVERED),
        ("read", DeliveryStatus.READ),
        ("played", DeliveryStatus.READ),
        ("a new word", DeliveryStatus.UNKNOWN),
    ],
)
def test_a_status_tells_how_far_a_message_has_come(word: str, status: DeliveryStatus) -> None:
    entry = samples.status(word)
    assert parse(samples.delivery(statuses=[entry])) == [
        DeliveryEvent(
            provider_id="wamid.B",
            status=status,
            reference="message-1",
            at=dt.datetime(2026, 9, 26, 10, 0, 1, tzinfo=dt.UTC),
            raw=entry,
        )
    ]


@pytest.mark.parametrize(
    ("complaints", "code"),
    [
        ([{"code": 131026, "title": "Undeliverable"}], RefusalCode.INVALID_ADDRESS),
        ([{"code": 131047}], RefusalCode.OUTSIDE_SESSION),
        ([{"code": 131050}], RefusalCode.OPTED_OUT),
        ([{"code": 999}], RefusalCode.OTHER),
        ([], RefusalCode.OTHER),
        (None, RefusalCode.OTHER),
    ],
)
def test_a_failed_message_tells_why(complaints: object, code: RefusalCode) -> None:
    (event,) = parse(samples.delivery(statuses=[samples.status("failed", errors=complaints)]))
    assert isinstance(event, DeliveryEvent)
    assert event.status is DeliveryStatus.FAILED
    assert event.refusal is not None
    assert event.refusal.code is code


def test_one_webhook_may_tell_many_things() -> None:
    body = samples.delivery(statuses=[samples.status("sent"), samples.status("read")], messages=[samples.message()])
    body["entry"] *= 2
    kinds = [type(event) for event in parse(body)]
    assert kinds == [DeliveryEvent, DeliveryEvent, InboundEvent] * 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (samples.delivery("account_update", event="VERIFIED"), "account_update"),
        (samples.delivery(messages=[samples.message("system", system={"body": "changed"})]), "message system"),
        (samples.delivery(messages=[{"type": "text"}]), "message text"),
        (samples.delivery(statuses=[{"status": "sent"}]), "status of no message"),
        ({"object": "whatsapp_business_account", "entry": []}, "unreadable"),
        ([], "unreadable"),
    ],
)
def test_what_needs_no_action_is_ignored_by_name(body: object, kind: str) -> None:
    assert parse(body) == [IgnoredEvent(kind)]


# --- hostile bodies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", hostile.BODIES)
def test_a_hostile_body_is_survived(body: bytes) -> None:
    assert RECEIVER.event_key(body) == hashlib.sha256(body).hexdigest()
    assert RECEIVER.parse(body)


@given(st.binary())
def test_any_bytes_are_survived(body: bytes) -> None:
    assert RECEIVER.parse(body) == [IgnoredEvent("unreadable")]


EVERYTHING = samples.delivery(
    messages=[samples.message(), samples.message("interactive", interactive={"list_reply": {"title": "x"}})],
    statuses=[samples.status("failed", errors=[{"code": 131026, "title": "x"}])],
    user_preferences=[{"wa_id": "15550002222", "value": "stop"}],
)


@settings(max_examples=300, deadline=None)
@given(hostile.maimed(EVERYTHING))
def test_a_maimed_webhook_is_survived(body: dict[str, Any]) -> None:
    for event in RECEIVER.parse(hostile.written(body)):
        if isinstance(event, InboundEvent):
            event.text.encode()
            assert "\x00" not in event.text
