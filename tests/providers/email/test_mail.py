"""What an email looks like on the wire, and what each step of SMTP says of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from time import monotonic
from typing import Any

import pytest

from providers.base import Accepted, InDoubt, MessageRequest, RefusalCode, Refused, SubmitResult
from providers.email.mail import DjangoEmail
from tests.providers.mail_server import DRIP, DROP, HANG, MailServer

TOTAL_SECONDS = 0.4
SLACK_SECONDS = 1.0
REQUEST = MessageRequest(
    "message-1",
    "ana@example.com",
    "Shop <shop@example.org>",
    text="Buenos d\N{LATIN SMALL LETTER I WITH ACUTE}as\n.\nAna",
    subject="Your visit",
    unsubscribe_url="https://example.org/u/token-1",
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def send(server: MailServer, request: MessageRequest = REQUEST, **options: Any) -> SubmitResult:
    settings: dict[str, Any] = {"username": "u", "password": "p", "timeout": TOTAL_SECONDS, **options}
    return DjangoEmail(host="127.0.0.1", port=server.port, **settings).send_message(request)


def body_of(message: Message, subtype: str) -> str:
    (part,) = (part for part in message.walk() if part.get_content_type() == f"text/{subtype}")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def test_a_message_arrives_as_it_was_written(server: MailServer) -> None:
    result = send(server)
    (message,) = server.messages
    assert (message["To"], message["From"], message["Subject"]) == (
        "ana@example.com",
        "Shop <shop@example.org>",
        "Your visit",
    )
    assert REQUEST.text in body_of(message, "plain")
    assert server.recipients == ["ana@example.com"]
    assert result == Accepted("<message-1@example.org>")
    assert message["Message-ID"] == "<message-1@example.org>"


def test_one_click_unsubscription_is_offered(server: MailServer) -> None:
    send(server)
    (message,) = server.messages
    assert message["List-Unsubscribe"] == "<https://example.org/u/token-1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_unsubscription_is_offered_only_where_there_is_a_url(server: MailServer) -> None:
    send(server, replace(REQUEST, unsubscribe_url=""))
    assert "List-Unsubscribe" not in server.messages[0]


def test_unsubscription_by_mail_is_offered_beside_it(server: MailServer) -> None:
    send(server, replace(REQUEST, unsubscribe_address="desk@example.org"))
    (message,) = server.messages
    ways = "<https://example.org/u/token-1>, <mailto:desk@example.org?subject=unsubscribe>"
    assert message["List-Unsubscribe"] == ways


def test_without_a_url_to_post_to_no_click_is_promised(server: MailServer) -> None:
    send(server, replace(REQUEST, unsubscribe_url="", unsubscribe_address="desk+spain@example.org"))
    (message,) = server.messages
    assert message["List-Unsubscribe"] == "<mailto:desk%2Bspain@example.org?subject=unsubscribe>"
    assert "List-Unsubscribe-Post" not in message


def test_the_same_words_go_as_html_beside_the_plain_text(server: MailServer) -> None:
    send(server, replace(REQUEST, html="<p>Buenos d\N{LATIN SMALL LETTER I WITH ACUTE}as</p>"))
    (message,) = server.messages
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]  # type: ignore[attr-defined]  # parsed by the modern policy
    assert "<p>Buenos d\N{LATIN SMALL LETTER I WITH ACUTE}as</p>" in body_of(message, "html")


def test_answers_go_where_the_sender_wants_them(server: MailServer) -> None:
    send(server, replace(REQUEST, reply_to="desk@example.org"))
    send(server)
    assert [message["Reply-To"] for message in server.messages] == ["desk@example.org", None]


@pytest.mark.parametrize("mark", ["\x00", "\x0b", "\x1b", "\x85", "\n", "\r"])
def test_a_subject_holds_no_control_characters(server: MailServer, mark: str) -> None:
    send(server, replace(REQUEST, subject=f"Your{mark}visit"))
    assert server.messages[0]["Subject"] == "Your visit"


def test_a_subject_cannot_begin_another_header(server: MailServer) -> None:
    send(server, replace(REQUEST, subject="Ana\r\nBcc: eve@example.net"))
    (message,) = server.messages
    assert message["Subject"] == "Ana Bcc: eve@example.net"
    assert "Bcc" not in message
    assert server.recipients == ["ana@example.com"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@example.com, eve@example.net",
        "ana@example.com\r\nBcc: eve@example.net",
        "ana@example.com>\r\nRCPT TO:<eve@example.net",
        "Ana <ana@example.com>",
        "ana@exa mple.com",
        "\x00@example.com",
    ],
)
def test_only_one_plain_address_is_written_to(server: MailServer, address: str) -> None:
    result = send(server, replace(REQUEST, to_address=address))
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.INVALID_ADDRESS
    assert server.messages == []


@pytest.mark.parametrize(
    "change",
    [
        {"unsubscribe_url": "http://example.org/u"},
        {"unsubscribe_url": "https://example.org/u>\r\nBcc: eve@example.net"},
        {"unsubscribe_url": "https://example.org/u, <mailto:eve@example.net>"},
        {"from_external_id": "nobody"},
        {"from_external_id": "Shop\r\nBcc: eve@example.net <shop@example.org>"},
        {"text": "\ud800"},
        {"reply_to": "desk@example.org, eve@example.net"},
        {"reply_to": "desk@example.org\r\nBcc: eve@example.net"},
        {"unsubscribe_address": "desk@example.org>\r\nBcc: eve@example.net"},
    ],
)
def test_what_cannot_be_written_is_our_mistake(server: MailServer, change: dict[str, str]) -> None:
    result = send(server, replace(REQUEST, **change))
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.MISCONFIGURED
    assert server.messages == []


@pytest.mark.parametrize(
    ("replies", "code"),
    [
        ({"CONNECT": "554 not you"}, RefusalCode.UNREACHABLE),
        ({"CONNECT": "garbage"}, RefusalCode.UNREACHABLE),
        ({"AUTH": "535 5.7.8 no"}, RefusalCode.UNAUTHORIZED),
        ({"EHLO": "250 loopback"}, RefusalCode.MISCONFIGURED),  # credentials were given and it takes none
        ({"MAIL": "550 not from you"}, RefusalCode.MISCONFIGURED),
        ({"MAIL": "451 later"}, RefusalCode.RATE_LIMITED),
        ({"RCPT": "550 5.1.1 no such user"}, RefusalCode.INVALID_ADDRESS),
        ({"RCPT": "553 what is that"}, RefusalCode.INVALID_ADDRESS),
        ({"RCPT": "554 5.7.1 blocked by policy"}, RefusalCode.OTHER),
        ({"RCPT": "450 4.2.0 greylisted"}, RefusalCode.RATE_LIMITED),
        ({"RCPT": "421 4.7.0 too many"}, RefusalCode.RATE_LIMITED),
        ({"DATA": "554 no"}, RefusalCode.OTHER),
        ({"MESSAGE": "552 too big"}, RefusalCode.OTHER),
        ({"MESSAGE": "451 later"}, RefusalCode.RATE_LIMITED),
    ],
)
def test_a_step_that_refuses_gives_the_reason(server: MailServer, replies: dict[str, str], code: RefusalCode) -> None:
    server.will(**replies)
    result = send(server)
    assert isinstance(result, Refused)
    assert result.code is code


@pytest.mark.parametrize("action", [HANG, DROP, DRIP])
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "AUTH"])
def test_nothing_was_sent_where_the_connection_never_opened(server: MailServer, step: str, action: str) -> None:
    server.will(**{step: action})
    started = monotonic()
    result = send(server)
    assert monotonic() - started < TOTAL_SECONDS + SLACK_SECONDS
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.UNREACHABLE


@pytest.mark.parametrize("action", [HANG, DROP, DRIP, "garbage", "250-" + "x" * 9000])
@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_transaction_that_breaks_off_before_the_message_has_sent_nothing(
    server: MailServer, step: str, action: str
) -> None:
    server.will(**{step: action})
    started = monotonic()
    result = send(server)
    assert monotonic() - started < TOTAL_SECONDS + SLACK_SECONDS
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.UNREACHABLE
    assert server.messages == []


@pytest.mark.parametrize("action", [HANG, DROP, DRIP, "garbage", "250-" + "x" * 9000])
@pytest.mark.parametrize("step", ["DATA", "MESSAGE"])
def test_a_transaction_that_breaks_off_leaves_doubt(server: MailServer, step: str, action: str) -> None:
    server.will(**{step: action})
    started = monotonic()
    assert isinstance(send(server), InDoubt)
    assert monotonic() - started < TOTAL_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize("action", [HANG, DROP, DRIP, "garbage", "550 no goodbye", "221-" + "x" * 9000])
def test_a_bad_goodbye_does_not_take_the_message_back(server: MailServer, action: str) -> None:
    server.will(QUIT=action)
    assert isinstance(send(server), Accepted)


def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = DjangoEmail(host="127.0.0.1", port=port, username="", password="").send_message(REQUEST)
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.UNREACHABLE


def test_a_server_without_tls_is_not_given_the_password(server: MailServer) -> None:
    result = send(server, use_tls=True)
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.MISCONFIGURED
    assert server.messages == []


def test_any_django_backend_will_do(mailoutbox: list[object]) -> None:
    result = DjangoEmail("django.core.mail.backends.locmem.EmailBackend").send_message(REQUEST)
    assert result == Accepted("<message-1@example.org>")
    assert len(mailoutbox) == 1


def test_a_backend_that_does_not_exist_is_a_result_too() -> None:
    result = DjangoEmail("no.such.Backend").send_message(REQUEST)
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.MISCONFIGURED
