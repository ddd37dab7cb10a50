from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.test import Client

from organizations.models import Organization, ProviderAccount
from organizations.services import set_credentials
from targets.models import InboxEvent
from tests.api.unreachable import closed_port, database_at
from tests.factories import ProviderAccountFactory

pytestmark = pytest.mark.django_db

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response  # the stubs' name for what a client returns

BODY = json.dumps({"type": "post_call_transcription", "data": {"conversation_id": "conv_1"}}).encode()
SECRET, TOKEN = "whsec", "verify me"
PATHS = {"elevenlabs": "elevenlabs-signature", "whatsapp": "x-hub-signature-256"}
LARGEST = 2 * 1024 * 1024


def account_of(organization: Organization, kind: str) -> ProviderAccount:
    account: ProviderAccount = ProviderAccountFactory(organization=organization, kind=kind)
    set_credentials(account=account, credentials={"webhook_secret": SECRET, "verify_token": TOKEN})
    return account


def signature(receiver: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    if receiver == "whatsapp":
        return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
    stamp = str(int(time.time()))
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"ElevenLabs-Signature": f"t={stamp},v0={made}"}


def deliver(
    receiver: str,
    account_id: object,
    body: bytes = BODY,
    *,
    secret: str = SECRET,
    content_type: str = "application/json",
) -> Response:
    client = Client(enforce_csrf_checks=True)
    headers = signature(receiver, body, secret)
    return client.generic("POST", f"/webhooks/{receiver}/{account_id}", body, content_type, headers=headers)


@pytest.mark.parametrize("receiver", PATHS)
def test_an_authentic_webhook_is_kept_as_it_came(acme: Organization, receiver: str) -> None:
    account = account_of(acme, receiver)
    assert deliver(receiver, account.pk).status_code == 200
    event = InboxEvent.objects.get()
    assert (event.receiver, event.provider_account, bytes(event.body)) == (receiver, account, BODY)
    assert PATHS[receiver] in event.headers


@pytest.mark.parametrize("receiver", PATHS)
def test_a_second_delivery_is_accepted_and_counted(acme: Organization, receiver: str) -> None:
    account = account_of(acme, receiver)
    assert [deliver(receiver, account.pk).status_code for _ in range(2)] == [200, 200]
    assert InboxEvent.objects.get().deliveries == 2


@pytest.mark.parametrize("receiver", PATHS)
def test_nobody_learns_which_accounts_exist(acme: Organization, receiver: str) -> None:
    forged = deliver(receiver, account_of(acme, receiver).pk, secret="guess")
    unknown = deliver(receiver, uuid4())
    other_kind = deliver(receiver, account_of(acme, ProviderAccount.Kind.ANALYSIS).pk)
    answers = {(response.status_code, response.content) for response in (forged, unknown, other_kind)}
    assert answers == {(401, b'{"detail": "Unauthorized"}')}
    assert not InboxEvent.objects.exists()


@pytest.mark.parametrize("receiver", PATHS)
def test_a_signature_under_another_account_s_secret_is_no_signature(acme: Organization, receiver: str) -> None:
    mine, other = account_of(acme, receiver), account_of(acme, receiver)
    set_credentials(account=other, credentials={"webhook_secret": "another"})
    assert deliver(receiver, mine.pk, secret="another").status_code == 401


@pytest.mark.parametrize("receiver", PATHS)
@pytest.mark.parametrize(("size", "status"), [(LARGEST, 200), (LARGEST + 1, 413)])
def test_a_body_may_have_two_megabytes(acme: Organization, receiver: str, size: int, status: int) -> None:
    body = b'"' + b"x" * (size - 2) + b'"'
    assert deliver(receiver, account_of(acme, receiver).pk, body).status_code == status
    assert InboxEvent.objects.count() == (status == 200)


@pytest.mark.parametrize("receiver", PATHS)
@pytest.mark.parametrize("body", [b"\x00", b"\xff\xfe", b'"\\u0000"', b"[" * 100_000])
def test_a_signed_body_is_kept_whatever_it_is(acme: Organization, receiver: str, body: bytes) -> None:
    assert deliver(receiver, account_of(acme, receiver).pk, body).status_code == 200
    assert bytes(InboxEvent.objects.get().body) == body


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_webhook_is_json(acme: Organization, content_type: str) -> None:
    account = account_of(acme, "elevenlabs")
    assert deliver("elevenlabs", account.pk, content_type=content_type).status_code == 415
    assert deliver("elevenlabs", account.pk, content_type="application/json; charset=utf-8").status_code == 200


def test_the_handshake_gives_the_challenge_back(client: Client, acme: Organization) -> None:
    params = {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": "<b>1158201444</b>"}
    response = client.get(f"/webhooks/whatsapp/{account_of(acme, 'whatsapp').pk}", params)
    assert (response.status_code, response.content) == (200, b"<b>1158201444</b>")
    assert response["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    "change", [{"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": None}]
)
def test_a_handshake_without_the_token_is_refused(
    client: Client, acme: Organization, change: dict[str, str | None]
) -> None:
    params = {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": "1158201444"} | change
    path = f"/webhooks/whatsapp/{account_of(acme, 'whatsapp').pk}"
    assert client.get(path, {k: v for k, v in params.items() if v is not None}).status_code == 403


def test_a_handshake_for_an_account_nobody_has_is_refused(client: Client) -> None:
    params = {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": "1158201444"}
    assert client.get(f"/webhooks/whatsapp/{uuid4()}", params).status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_deliveries_are_taken(client: Client, method: str) -> None:
    assert client.generic(method, f"/webhooks/elevenlabs/{uuid4()}").status_code == 405


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("receiver", PATHS)
def test_a_webhook_that_cannot_be_kept_is_asked_for_again(receiver: str) -> None:
    with database_at(closed_port()):
        response = deliver(receiver, uuid4())
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
