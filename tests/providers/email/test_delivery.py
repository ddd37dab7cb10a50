"""What an email looks like at each email service, and what each of their answers means."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import pytest

from providers import registry
from providers.base import Accepted, InDoubt, MessageRequest, RefusalCode, Refused, SubmitResult
from providers.email.services import SERVICES
from tests.providers import vendor_server as vendor
from tests.providers.vendor_server import Behaviour, Received, VendorServer

REQUEST = MessageRequest(
    "018fdf30-0000-7000-8000-000000000001",
    "ana@example.com",
    "Shop <shop@example.org>",
    text="Buenos",
    subject="Your visit",
    html="<p>Buenos</p>",
    reply_to="desk@example.org",
    unsubscribe_url="https://example.org/u/token-1",
)
CREDENTIALS = {"api_key": "key-1", "api_secret": "secret-1"}


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


# What each service answers to an email it takes, the header that holds our key, and the id it gave.
ANSWERS: Mapping[str, tuple[Behaviour, tuple[str, str], str]] = {
    "postmark": (
        vendor.answer(200, {"To": "ana@example.com", "MessageID": "pm-1", "ErrorCode": 0, "Message": "OK"}),
        ("x-postmark-server-token", "key-1"),
        "pm-1",
    ),
    "mailgun": (
        vendor.answer(200, {"id": "<1@example.org>", "message": "Queued. Thank you."}),
        ("authorization", basic("api:key-1")),
        "<1@example.org>",
    ),
    "resend": (vendor.answer(200, {"id": "re-1"}), ("authorization", "Bearer key-1"), "re-1"),
    "brevo": (vendor.answer(201, {"messageId": "<1@mailin.fr>"}), ("api-key", "key-1"), "<1@mailin.fr>"),
    "mailersend": (
        vendor.answer(202, b"", {"content-type": "text/html", "x-message-id": "ms-1"}),
        ("authorization", "Bearer key-1"),
        "ms-1",
    ),
    "mailjet": (
        vendor.answer(
            200, {"Messages": [{"Status": "success", "To": [{"Email": "ana@example.com", "MessageID": 19421777}]}]}
        ),
        ("authorization", basic("key-1:secret-1")),
        "19421777",
    ),
    "sparkpost": (
        vendor.answer(200, {"results": {"total_accepted_recipients": 1, "total_rejected_recipients": 0, "id": "sp-1"}}),
        ("authorization", "key-1"),
        "sp-1",
    ),
    "mailtrap": (
        vendor.answer(200, {"success": True, "message_ids": ["mt-1"]}),
        ("api-token", "key-1"),
        "mt-1",
    ),
}


@pytest.fixture
def server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running


def send(server: VendorServer, service: str, request: MessageRequest = REQUEST, **more: str) -> SubmitResult:
    credentials = {**CREDENTIALS, "service": service, **more}
    return registry.message_provider("email", credentials, server.url).send_message(request)


def written(server: VendorServer) -> Received:
    [request] = server.received
    return request


def test_every_service_is_tried_here() -> None:
    assert set(ANSWERS) == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_takes_an_email_with_our_key_and_our_reference(server: VendorServer, service: str) -> None:
    answer, (header, value), message_id = ANSWERS[service]
    server.will(answer)
    result = send(server, service)
    assert isinstance(result, Accepted)
    assert result.provider_id == message_id
    request = written(server)
    assert request.headers[header] == value
    assert (REQUEST.reference.encode() in request.body) is SERVICES[service].takes_metadata
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("service", SERVICES)
def test_the_words_and_the_ways_to_leave_go_with_it(server: VendorServer, service: str) -> None:
    server.will(ANSWERS[service][0])
    send(server, service)
    body = unquote_plus(written(server).body.decode()).replace("\\/", "/")
    for part in ("ana@example.com", "shop@example.org", "Your visit", "Buenos", "desk@example.org", "/u/token-1"):
        assert part in body


def test_postmark_is_told_everything_in_its_own_words(server: VendorServer) -> None:
    server.will(ANSWERS["postmark"][0])
    send(server, "postmark")
    told = written(server).json()
    assert told["Metadata"] == {"reference": REQUEST.reference}
    assert (told["To"], told["From"], told["ReplyTo"]) == (
        "ana@example.com",
        "Shop <shop@example.org>",
        "desk@example.org",
    )
    assert (told["TextBody"], told["HtmlBody"]) == ("Buenos", "<p>Buenos</p>")
    names = {header["Name"] for header in told["Headers"]}
    assert names == {"List-Unsubscribe", "List-Unsubscribe-Post"}


def test_mailgun_sends_from_the_domain_it_is_told(server: VendorServer) -> None:
    server.will(ANSWERS["mailgun"][0])
    send(server, "mailgun", sender_domain="mg.example.org")
    assert written(server).path == "/mg.example.org/messages"


def test_postmark_sends_over_the_stream_it_is_told(server: VendorServer) -> None:
    server.will(ANSWERS["postmark"][0])
    send(server, "postmark", message_stream="broadcast")
    assert written(server).json()["MessageStream"] == "broadcast"


def postmark_says(code: int, message: str, status: int = 422) -> Behaviour:
    return vendor.answer(status, {"ErrorCode": code, "Message": message})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (postmark_says(300, "Invalid 'To' address: 'ana@example.com'."), RefusalCode.INVALID_ADDRESS),
        (postmark_says(300, "Invalid 'From' address: 'shop'."), RefusalCode.OTHER),
        (postmark_says(401, "The sender signature was not confirmed."), RefusalCode.OTHER),
        (vendor.answer(400, {}), RefusalCode.OTHER),
        (vendor.answer(401, {"ErrorCode": 10, "Message": "Bad or missing API token."}), RefusalCode.UNAUTHORIZED),
        (vendor.answer(402, {}), RefusalCode.UNAUTHORIZED),
        (vendor.answer(403, {}), RefusalCode.UNAUTHORIZED),
        (vendor.answer(404, {}), RefusalCode.MISCONFIGURED),
        (vendor.answer(413, {}), RefusalCode.OTHER),
        (vendor.answer(429, {}), RefusalCode.RATE_LIMITED),
    ],
)
def test_a_definite_no_is_refused_with_its_reason(server: VendorServer, answer: Behaviour, code: RefusalCode) -> None:
    server.will(answer)
    result = send(server, "postmark")
    assert isinstance(result, Refused)
    assert result.code is code
    assert "ana@" not in result.message


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 504])
@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_that_is_no_clear_no_leaves_doubt(server: VendorServer, service: str, status: int) -> None:
    server.will(vendor.answer(status, {}))
    assert isinstance(send(server, service), InDoubt)
    assert len(server.received) == 1


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"null"])
def test_a_success_nobody_can_read_leaves_doubt(server: VendorServer, service: str, body: bytes) -> None:
    server.will(vendor.answer(200, body))
    assert isinstance(send(server, service), InDoubt)


def test_a_redirection_is_not_followed_with_our_key(server: VendorServer) -> None:
    with VendorServer() as thief:
        server.will(vendor.answer(307, {}, {"location": f"{thief.url}/email"}))
        thief.will(ANSWERS["postmark"][0])
        assert isinstance(send(server, "postmark"), InDoubt)
        assert not thief.received


def test_a_proxy_of_the_environment_is_not_asked(server: VendorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with VendorServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        server.will(ANSWERS["postmark"][0])
        assert isinstance(send(server, "postmark"), Accepted)
        assert not proxy.received


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to_address": "ana"}, RefusalCode.INVALID_ADDRESS),
        ({"to_address": "ana@\u2603\u200d.example"}, RefusalCode.INVALID_ADDRESS),
        ({"from_external_id": "nobody"}, RefusalCode.MISCONFIGURED),
        ({"reply_to": "a@example.org, b@example.org"}, RefusalCode.MISCONFIGURED),
    ],
)
def test_what_cannot_be_written_is_not_sent(server: VendorServer, change: dict[str, Any], code: RefusalCode) -> None:
    result = send(server, "postmark", replace(REQUEST, **change))
    assert isinstance(result, Refused)
    assert result.code is code
    assert not server.received


@pytest.mark.parametrize(
    ("credentials", "named"),
    [
        ({"service": "pigeon"}, "postmark, mailgun"),
        ({"service": "postmark"}, "api_key"),
        ({"service": "mailjet", "api_key": "key-1"}, "api_secret"),
    ],
)
def test_a_missing_credential_is_named(credentials: Mapping[str, str], named: str) -> None:
    with pytest.raises(registry.BadCredentialsError, match=named):
        registry.message_provider("email", credentials, "")
