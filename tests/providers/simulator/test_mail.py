from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from providers import registry
from providers.base import Accepted, MessageRequest
from tests.providers.simulator.rig import Rig, rig

MAIL = MessageRequest(
    "attempt-1",
    "ana@example.com",
    "Shop <shop@example.org>",
    text="Buenos d\N{LATIN SMALL LETTER I WITH ACUTE}as\n.\n..Ana",
    subject="Su visita, se\N{LATIN SMALL LETTER N WITH TILDE}ora",
    html="<p>Buenos</p>",
)


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as running:
        yield running


def client(it: Rig) -> smtplib.SMTP:
    server = urlsplit(it.simulator.mail_url)
    return smtplib.SMTP(str(server.hostname), server.port or 0, timeout=5)


def test_an_email_of_ours_is_taken_and_written_down(it: Rig) -> None:
    result = registry.message_provider("email", {}, it.simulator.mail_url).send_message(MAIL)

    assert result == Accepted("<attempt-1@example.org>")
    [fact] = it.facts("email_accepted")
    assert (fact["reference"], fact["from"], fact["to"]) == ("attempt-1", "shop@example.org", "ana@example.com")
    assert fact["subject"] == MAIL.subject
    assert fact["text"].rstrip("\n") == MAIL.text
    assert fact["headers"]["From"] == "Shop <shop@example.org>"


def test_people_can_look_at_what_came(it: Rig) -> None:
    provider = registry.message_provider("email", {}, it.simulator.mail_url)
    for number in (1, 2):
        provider.send_message(replace(MAIL, reference=f"attempt-{number}"))

    emails = it.http.get("/simulator/emails").json()

    assert [email["reference"] for email in emails] == ["attempt-2", "attempt-1"]


def test_each_receiver_of_a_message_is_a_fact(it: Rig) -> None:
    with client(it) as smtp:
        smtp.sendmail("a@example.org", ["b@example.org", "c@example.org"], "Subject: Hi\n\nHi")
        smtp.sendmail("a@example.org", ["d@example.org"], "Subject: Hi again\n\nHi")

    assert [fact["to"] for fact in it.facts("email_accepted")] == ["b@example.org", "c@example.org", "d@example.org"]


def test_commands_out_of_order_are_refused(it: Rig) -> None:
    with client(it) as smtp:
        smtp.helo()
        assert smtp.rcpt("ana@example.com")[0] == 503
        assert smtp.docmd("DATA")[0] == 503
        assert smtp.docmd("VRFY", "ana")[0] == 502
        assert smtp.noop()[0] == 250

    assert it.facts("email_accepted") == []


def test_a_message_that_breaks_off_was_never_taken(it: Rig) -> None:
    server = urlsplit(it.simulator.mail_url)
    with (
        socket.create_connection((str(server.hostname), server.port or 0), timeout=5) as connection,
        connection.makefile("rb") as replies,
    ):
        said = []
        for line in (b"EHLO x", b"MAIL FROM:<a@example.org>", b"RCPT TO:<b@example.org>", b"DATA", b"Subject: Half"):
            said.append(replies.readline()[:3])
            connection.sendall(line + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert replies.readline() == b""

    assert said == [b"220", b"250", b"250", b"250", b"354"]
    assert it.facts("email_accepted") == []


def test_several_senders_are_served_side_by_side(it: Rig) -> None:
    provider = registry.message_provider("email", {}, it.simulator.mail_url)
    requests = [replace(MAIL, reference=f"attempt-{number}") for number in range(8)]
    threads = [Thread(target=provider.send_message, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {fact["reference"] for fact in it.facts("email_accepted")} == {request.reference for request in requests}
