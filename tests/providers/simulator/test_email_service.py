"""The simulated email service takes what our adapter sends and tells what became of it as the real one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers import registry
from providers.base import Accepted, MessageRequest, RefusalCode, Refused, SubmitResult
from tests.providers.simulator.rig import Rig, rig

TOKEN, SECRET = "pm-token", "hook:pm-secret"


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as running:
        accounts = json.loads(running.accounts_path.read_text())
        hook = accounts["voice"][0]["webhook_url"].replace("voice", "email")
        accounts["postmark"] = [{"server_token": TOKEN, "webhook_url": hook, "webhook_secret": SECRET}]
        running.accounts_path.write_text(json.dumps(accounts))
        yield running


def send(it: Rig, to: str, token: str = TOKEN) -> SubmitResult:
    provider = registry.message_provider("email", {"service": "postmark", "api_key": token}, it.simulator.url)
    return provider.send_message(MessageRequest("attempt-1", to, "Shop <shop@example.org>", text="Hi", subject="News"))


def test_an_email_of_ours_is_taken_and_written_down(it: Rig) -> None:
    result = send(it, "unread@example.com")
    assert isinstance(result, Accepted)
    [fact] = it.facts("email_accepted")
    assert (fact["message_id"], fact["reference"], fact["to"]) == (
        result.provider_id,
        "attempt-1",
        "unread@example.com",
    )
    assert TOKEN not in it.log_path.read_text()


def test_what_became_of_it_is_told_with_the_account_s_password(it: Rig) -> None:
    send(it, "complains@example.com")
    it.settle()
    receiver = registry.receiver("email.postmark")
    for request in it.receiver.got:
        headers = {name.lower(): value for name, value in request.headers.items()}
        receiver.verify(request.body, headers, secrets=[SECRET], now=datetime.now(UTC))
    assert {body["RecordType"] for body in it.receiver.bodies()} == {"Delivery", "SpamComplaint"}
    assert {body["Metadata"]["reference"] for body in it.receiver.bodies()} == {"attempt-1"}


@pytest.mark.parametrize(
    ("to", "token", "code"),
    [
        ("ana@example.com", "another", RefusalCode.UNAUTHORIZED),
        ("inactive@example.com", TOKEN, RefusalCode.INVALID_ADDRESS),
    ],
)
def test_what_it_does_not_take_is_not_written_down(it: Rig, to: str, token: str, code: RefusalCode) -> None:
    result = send(it, to, token)
    assert isinstance(result, Refused)
    assert result.code is code
    assert not it.facts("email_accepted")
