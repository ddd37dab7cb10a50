from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from providers.simulator.webhooks import meta_signature
from tests.providers.simulator.rig import APP_SECRET, Rig, account_file, rig, wait_until

TO = "+34600000001"
AGREES, NEVER = {TO: "agrees"}, {TO: "never_answers"}


def test_metas_signature_is_the_published_one() -> None:
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    signed = meta_signature(body, "test_app_secret")["X-Hub-Signature-256"]
    assert signed == "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"


def outcomes(it: Rig) -> list[tuple[str, int | None, int]]:
    facts = it.facts("webhook_delivered", "webhook_given_up")
    return [(fact["fact"], fact["status"], fact["tries"]) for fact in facts]


@pytest.mark.parametrize("status", [503, 429])
def test_a_transcript_is_sent_again_after_a_passing_failure(tmp_path: Path, status: int) -> None:
    with rig(tmp_path, forced=AGREES, time_factor=10_000) as it:
        it.receiver.statuses = [status]
        it.dial()
        it.settle()
        assert outcomes(it) == [("webhook_delivered", 200, 2)]


@pytest.mark.parametrize("status", [400, 201, 302])
def test_a_transcript_is_not_sent_again_after_a_refusal(tmp_path: Path, status: int) -> None:
    with rig(tmp_path, forced=AGREES) as it:
        it.receiver.statuses = [status]
        it.dial()
        it.settle()
        assert outcomes(it) == [("webhook_given_up", status, 1)]


def test_the_news_of_a_failed_call_is_sent_only_once(tmp_path: Path) -> None:
    with rig(tmp_path, forced=NEVER) as it:
        it.receiver.statuses = [503]
        it.dial()
        it.settle()
        assert outcomes(it) == [("webhook_given_up", 503, 1)]


def test_a_receiver_that_is_not_there_is_given_up(tmp_path: Path) -> None:
    with rig(tmp_path, forced=NEVER) as it:
        it.accounts_path.write_text(json.dumps(account_file("http://127.0.0.1:1")))
        it.dial()
        it.settle()
        assert outcomes(it) == [("webhook_given_up", None, 1)]


def test_whatsapp_is_signed_with_the_app_secret_after_the_handshake(tmp_path: Path) -> None:
    with rig(tmp_path, forced=NEVER) as it:
        it.message()
        it.settle()
        assert [fact["status"] for fact in it.facts("webhook_verified")][:1] == [200]
        for request in it.receiver.got:
            digest = hmac.new(APP_SECRET.encode(), request.body, hashlib.sha256).hexdigest()
            assert request.headers["X-Hub-Signature-256"] == f"sha256={digest}"


def test_nothing_is_delivered_to_a_url_that_fails_the_handshake(tmp_path: Path) -> None:
    with rig(tmp_path, forced=NEVER, time_factor=1e6) as it:
        accounts = json.loads(it.accounts_path.read_text())
        accounts["whatsapp"][0]["verify_token"] = "another"
        it.accounts_path.write_text(json.dumps(accounts))
        it.message()
        wait_until(lambda: len(it.facts("webhook_verified")) >= 2)
        assert {fact["status"] for fact in it.facts("webhook_verified")} == {403}
        assert it.receiver.got == []


def test_whatsapp_is_sent_again_after_any_failure(tmp_path: Path) -> None:
    with rig(tmp_path, forced=NEVER, time_factor=1e6) as it:
        it.receiver.statuses = [400]
        it.message()
        it.settle()
        assert sorted(outcomes(it))[-1] == ("webhook_delivered", 200, 2)


def test_the_receivers_connection_is_kept(tmp_path: Path) -> None:
    with rig(tmp_path, forced=AGREES) as it:
        for _ in range(20):
            it.dial()
        it.settle()
        ports = {request.client for request in it.receiver.got}
        assert len(it.receiver.got) == 20
        assert len(ports) <= 4
