"""What the tracking webhooks of every known email service mean, and what proves them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from providers import registry
from providers.base import (
    DeliveryEvent,
    DeliveryStatus,
    IgnoredEvent,
    PreferenceEvent,
    ProviderEvent,
    RefusalCode,
    SignatureError,
    WebhookReceiver,
)
from providers.email.services import SERVICES
from tests.providers.email.tracking_samples import ANA, CASES, NOW, REFERENCE, SENDERS, body_of, headers_of

Status = DeliveryStatus
STATUSES: Mapping[str, DeliveryStatus | None] = {
    "queued": Status.ACCEPTED,
    "sent": Status.SENT,
    "deferred": Status.SENT,
    "delivered": Status.DELIVERED,
    "opened": Status.READ,
    "clicked": Status.READ,
    "dead": Status.FAILED,
    "full": Status.FAILED,
    "blocked": Status.FAILED,
    "asked before": Status.FAILED,
    "complained": Status.DELIVERED,
    "unsubscribed": None,
    "subscribed": None,
    "autoresponded": None,
}
REFUSALS = {
    "dead": RefusalCode.INVALID_ADDRESS,
    "full": RefusalCode.OTHER,
    "blocked": RefusalCode.OTHER,
    "asked before": RefusalCode.OPTED_OUT,
}
REASONS = {"dead": "bounced", "complained": "complained", "unsubscribed": "unsubscribed"}


def receiver(service: str) -> WebhookReceiver:
    return registry.receiver(f"email.{service}")


def parsed(service: str, event: str, **about: Any) -> Sequence[ProviderEvent]:
    return receiver(service).parse(body_of(service, event, **about))


def is_proven(service: str, body: bytes, headers: Mapping[str, str], *secrets: str, later: int = 0) -> bool:
    now = NOW + timedelta(seconds=later)
    try:
        receiver(service).verify(body, headers, secrets=secrets or [SENDERS[service].secret], now=now)
    except SignatureError:
        return False
    return True


def test_every_service_is_tried_here() -> None:
    assert set(SENDERS) == set(SERVICES)


@pytest.mark.parametrize(("service", "event"), CASES)
def test_an_event_says_how_far_the_email_came(service: str, event: str) -> None:
    told = [each for each in parsed(service, event) if isinstance(each, DeliveryEvent)]
    assert [each.status for each in told] == ([STATUSES[event]] if STATUSES[event] else [])
    refusals = [each.refusal.code if each.refusal else None for each in told]
    assert refusals == ([REFUSALS.get(event)] if STATUSES[event] else [])


@pytest.mark.parametrize(("service", "event"), CASES)
def test_an_event_says_whether_to_stop_and_why(service: str, event: str) -> None:
    told = [each for each in parsed(service, event) if isinstance(each, PreferenceEvent)]
    expected = [(ANA, True, REASONS[event])] if event in REASONS else []
    assert [(each.from_address, each.stop, each.reason) for each in told] == expected


@pytest.mark.parametrize(("service", "event"), CASES)
def test_an_event_names_our_email_by_our_reference_and_by_the_service_s_id(service: str, event: str) -> None:
    about = [each for each in parsed(service, event) if not isinstance(each, IgnoredEvent)]
    reference = REFERENCE if SERVICES[service].takes_metadata else ""
    told = {(each.reference, each.provider_id) for each in about if isinstance(each, DeliveryEvent | PreferenceEvent)}
    assert told == ({(reference, SENDERS[service].message_id)} if about else set())


@pytest.mark.parametrize("service", [s for s in SERVICES if SERVICES[s].takes_metadata])
def test_without_our_reference_the_service_s_id_is_left(service: str) -> None:
    [told] = parsed(service, "delivered", reference="")
    assert isinstance(told, DeliveryEvent)
    assert (told.reference, told.provider_id) == ("", SENDERS[service].message_id)


def test_an_automatic_answer_is_no_reply() -> None:
    assert parsed("postmark", "autoresponded") == [IgnoredEvent("tracking: autoresponded")]


def test_a_new_subscription_allows_nothing_again() -> None:
    assert parsed("postmark", "subscribed") == [IgnoredEvent("tracking: subscribed")]


def test_why_an_email_came_back_is_kept_without_the_address() -> None:
    [failed, _stop] = parsed("postmark", "dead")
    assert isinstance(failed, DeliveryEvent)
    assert failed.refusal is not None
    assert failed.refusal.message == "bounced 5.1.1"


def test_the_address_is_compared_in_one_form() -> None:
    [_delivered, stop] = parsed("brevo", "complained", to="Ana@EXAMPLE.com")
    assert isinstance(stop, PreferenceEvent)
    assert stop.from_address == ANA


# --- proof ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SENDERS)
def test_a_webhook_is_proven_by_the_account_s_own_secret_alone(service: str) -> None:
    body = body_of(service, "delivered")
    headers = headers_of(service, body)
    other = "b3RoZXI=" if service == "resend" else "hook:other"
    assert is_proven(service, body, headers)
    assert is_proven(service, body, headers, other, SENDERS[service].secret)
    assert not is_proven(service, body, headers, other)


@pytest.mark.parametrize("service", SENDERS)
@pytest.mark.parametrize("secret", ["", "None", ":", "no colon", "\u00e9", "whsec_", "whsec_???"])
def test_nothing_is_proven_by_a_secret_that_is_none(service: str, secret: str) -> None:
    body = body_of(service, "delivered")
    assert not is_proven(service, body, {}, secret)


@pytest.mark.parametrize("service", [s for s in SENDERS if s != "mailgun"])
def test_without_its_proof_a_webhook_is_refused(service: str) -> None:
    assert not is_proven(service, body_of(service, "delivered"), {"content-type": "application/json"})


@pytest.mark.parametrize("service", ["resend", "mailersend", "mailtrap"])
def test_a_signature_holds_for_these_bytes_only(service: str) -> None:
    body = body_of(service, "delivered")
    headers = headers_of(service, body)
    assert not is_proven(service, body.replace(b"deliver", b"complain"), headers)
    assert not is_proven(service, body + b" ", headers)


@pytest.mark.parametrize(("later", "proven"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_a_signature_of_resend_holds_for_five_minutes(later: int, proven: bool) -> None:
    body = body_of("resend", "delivered")
    assert is_proven("resend", body, headers_of("resend", body), later=later) is proven


@pytest.mark.parametrize(("later", "proven"), [(11 * 3600, True), (13 * 3600, False)])
def test_a_signature_of_mailgun_holds_as_long_as_it_tries(later: int, proven: bool) -> None:
    assert is_proven("mailgun", body_of("mailgun", "delivered"), {}, later=later) is proven


def test_a_mailgun_signature_under_another_key_is_none() -> None:
    assert not is_proven("mailgun", body_of("mailgun", "delivered", secret="another"), {})


HOSTILE = [
    b"",
    b"\x00\xff",
    b"null",
    b"[]",
    b"[null]",
    b'"text"',
    b"5",
    b"{}",
    b"[" * 100_000,
    b'{"signature": 5}',
    b'{"signature": {"timestamp": [], "token": {}, "signature": null}}',
    b'{"RecordType": ["Bounce"], "Metadata": []}',
    b'{"RecordType": "Inbound"}',
    b'{"events": [{"event": "delivery"}]}',
    b'{"type": 5, "data": null}',
    b'{"event": {}, "email": 7}',
]


@pytest.mark.parametrize("service", SENDERS)
@pytest.mark.parametrize("body", HOSTILE)
def test_no_body_breaks_a_receiver(service: str, body: bytes) -> None:
    is_proven(service, body, {"signature": "\u00e9", "svix-signature": "v1", "authorization": "Basic \u00e9"})
    assert len(receiver(service).event_key(body)) == 64
    assert all(isinstance(each, IgnoredEvent) for each in receiver(service).parse(body))


@pytest.mark.parametrize("service", ["postmark", "sparkpost", "brevo"])
def test_what_postgresql_refuses_is_not_passed_on(service: str) -> None:
    for each in parsed(service, "delivered", reference="a\x00b\ud800"):
        assert isinstance(each, DeliveryEvent)
        assert each.reference == "a\ufffdb?"


def test_one_event_that_cannot_be_read_spoils_no_other() -> None:
    [good] = json.loads(body_of("sparkpost", "opened"))
    both = receiver("sparkpost").parse(json.dumps([{"msys": {"message_event": {}}}, good, 7]).encode())
    assert [type(each) for each in both] == [IgnoredEvent, DeliveryEvent, IgnoredEvent]


# --- repetition -----------------------------------------------------------------------------------------------


def key(service: str, event: str, **about: Any) -> str:
    return receiver(service).event_key(body_of(service, event, **about))


@pytest.mark.parametrize("service", SENDERS)
def test_different_events_have_different_keys(service: str) -> None:
    tokens = ({"token": event} if service == "mailgun" else {} for event in SENDERS[service].words)
    keys = [key(service, event, **token) for event, token in zip(SENDERS[service].words, tokens, strict=True)]
    assert len(set(keys)) == len(keys)
    assert (
        key(service, "delivered", to="eve@example.com", **({"token": "x"} if service == "mailgun" else {})) not in keys
    )


def test_an_event_is_recognised_in_a_body_that_was_written_anew() -> None:
    event = json.loads(body_of("postmark", "opened"))
    again = dict(reversed(list(event.items())))
    same = receiver("postmark").event_key
    assert same(json.dumps(event).encode()) == same(json.dumps(again).encode())


def test_events_without_an_id_are_told_apart_by_all_they_say() -> None:
    first, second = ({**json.loads(body_of("postmark", "opened")), "Geo": {"City": city}} for city in ("Rome", "Lima"))
    same = receiver("postmark").event_key
    assert same(json.dumps(first).encode()) != same(json.dumps(second).encode())


def test_a_token_of_mailgun_serves_once_whatever_is_written_beside_it() -> None:
    assert key("mailgun", "delivered") == key("mailgun", "complained", to="eve@example.com")
    assert key("mailgun", "delivered") != key("mailgun", "delivered", token="u" * 50)


def test_the_samples_are_about_one_moment() -> None:
    stamps = [event.at for service in SENDERS for event in parsed(service, "delivered") if hasattr(event, "at")]
    assert len(stamps) == len(SENDERS)
    assert all(at is None or abs(NOW - at) < timedelta(minutes=1) for at in stamps)
