"""Tracking webhooks as the services document them, about one email of ours, with what proves each of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.providers.email.tracking_words import WORDS

NOW = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
ANA = "ana@example.com"
REFERENCE = "018fdf30-0000-7000-8000-000000000001"
BASIC_SECRET = "hook:open-sesame"
SIGNING_SECRET = "signing-key-1"
SVIX_SECRET = "whsec_" + base64.b64encode(b"svix-key-1").decode()


@dataclass(frozen=True)
class Sender:
    """One service: the secret an account has, and how it makes and proves an event."""

    secret: str
    make: Callable[..., Any]
    prove: Callable[[bytes, str, datetime], Mapping[str, str]]
    words: Mapping[str, Any]  # what it calls the events that ours are named after
    message_id: str


def body_of(service: str, event: str, **about: Any) -> bytes:
    """Return the body of a webhook saying that `event` happened to our email."""
    return json.dumps(SENDERS[service].make(SENDERS[service].words[event], **about)).encode()


def headers_of(service: str, body: bytes, *, secret: str | None = None, at: datetime = NOW) -> dict[str, str]:
    """Return the headers that prove `body`, by the account's own secret unless told otherwise."""
    sender = SENDERS[service]
    return {"content-type": "application/json", **sender.prove(body, sender.secret if secret is None else secret, at)}


def _basic(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    return {"authorization": "Basic " + base64.b64encode(secret.encode()).decode()}


def _svix(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = str(int(at.timestamp()))
    made = hmac.new(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "svix-id": "msg_1",
        "svix-timestamp": stamp,
        "svix-signature": "v1,AAAA v1," + base64.b64encode(made).decode(),
    }


def _signed(header: str) -> Callable[[bytes, str, datetime], Mapping[str, str]]:
    return lambda body, secret, at: {header: hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def _in_body(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    return {}


def _id(words: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:24]


def postmark(words: Mapping[str, Any], *, to: str = ANA, reference: str = REFERENCE, **more: Any) -> dict[str, Any]:
    return {
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "MessageStream": "outbound",
        "ServerID": 23,
        "Metadata": {"reference": reference} if reference else {},
        "Tag": "",
        "Email" if words["RecordType"] in ("Bounce", "SpamComplaint") else "Recipient": to,
        **words,
        **more,
    }


def mailgun(
    words: Mapping[str, Any],
    *,
    to: str = ANA,
    reference: str = REFERENCE,
    secret: str = SIGNING_SECRET,
    token: str = "t" * 50,
    at: datetime = NOW,
) -> dict[str, Any]:
    stamp = str(int(at.timestamp()))
    return {
        "signature": {
            "timestamp": stamp,
            "token": token,
            "signature": hmac.new(secret.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest(),
        },
        "event-data": {
            "id": "CPgfbmQMTCKtHW6uIWtuVe",
            "timestamp": NOW.timestamp(),
            "recipient": to,
            "recipient-domain": "example.com",
            "tags": [],
            "user-variables": {"reference": reference} if reference else {},
            "message": {"headers": {"to": to, "message-id": "2026060115.1.8F@mg.example.org", "subject": "Your visit"}},
            **words,
        },
    }


def resend(words: Mapping[str, Any], *, to: str = ANA, reference: str = REFERENCE) -> dict[str, Any]:
    headers = [{"name": "X-Metadata", "value": json.dumps({"reference": reference})}] if reference else []
    about = {key: value for key, value in words.items() if key != "type"}
    return {
        "type": words["type"],
        "created_at": "2026-06-01T14:59:58.000Z",
        "data": {
            "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "created_at": "2026-06-01T14:59:50.000Z",
            "from": "Shop <shop@example.org>",
            "to": [to],
            "subject": "Your visit",
            "headers": headers,
            **about,
        },
    }


def brevo(words: Mapping[str, Any], *, to: str = ANA, reference: str = REFERENCE) -> dict[str, Any]:
    custom = {"X-Mailin-custom": json.dumps({"reference": reference})} if reference else {}
    return {
        "id": 963469,
        "email": to,
        "message-id": "<202606011459.12345678901@smtp-relay.mailin.fr>",
        "date": "2026-06-01 16:59:58",
        "ts": 1780325998,
        "ts_event": 1780325998,
        "ts_epoch": 1780325998000,
        "subject": "Your visit",
        "sending_ip": "192.0.2.7",
        **custom,
        **words,
    }


def mailersend(words: Mapping[str, Any], *, to: str = ANA, **_: Any) -> dict[str, Any]:
    kind = words["type"]
    return {
        "type": f"activity.{kind}",
        "created_at": "2026-06-01T14:59:58.000000Z",
        "webhook_id": "7z3m5jgrogdpyo6n",
        "data": {
            "object": "activity",
            "id": _id(words),
            "type": kind,
            "created_at": "2026-06-01T14:59:58.000000Z",
            "email": {
                "object": "email",
                "id": "62f114f7165fe0d8db0288e2",
                "message": {"object": "message", "id": "62fb66bef54a112e920b5493"},
                "recipient": {"object": "recipient", "id": "62c69be104270ee9c6074d32", "email": to},
            },
            "morph": words.get("morph"),
        },
    }


def mailjet(words: Mapping[str, Any], *, to: str = ANA, reference: str = REFERENCE) -> dict[str, Any]:
    return {
        "time": 1780325998,
        "MessageID": 19421777835146490,
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0gh1i2j",
        "email": to,
        "mj_campaign_id": 7257,
        "CustomID": "",
        "Payload": json.dumps({"reference": reference}) if reference else "",
        **words,
    }


def sparkpost(words: Mapping[str, Any], *, to: str = ANA, reference: str = REFERENCE) -> list[dict[str, Any]]:
    group = words.get("group", "message_event")
    event = {
        "event_id": _id(words),
        "timestamp": "1780325998",
        "transmission_id": "65832150921904138",
        "message_id": "000443ee14578172be22",
        "raw_rcpt_to": to,
        "rcpt_to": to,
        "rcpt_meta": {"reference": reference} if reference else {},
        **{key: value for key, value in words.items() if key != "group"},
    }
    return [{"msys": {group: event}}]


def mailtrap(words: Mapping[str, Any], *, to: str = ANA, reference: str = REFERENCE) -> dict[str, Any]:
    event = {
        "message_id": "1df37d17-0286-4d8b-8edf-bc4ec5be86e6",
        "sending_stream": "transactional",
        "email": to,
        "timestamp": 1780325998,
        "event_id": _id(words),
        "custom_variables": {"reference": reference} if reference else {},
        **words,
    }
    return {"events": [event]}


SENDERS: Mapping[str, Sender] = {
    "postmark": Sender(BASIC_SECRET, postmark, _basic, WORDS["postmark"], "883953f4-6105-42a2-a16a-77a8eac79483"),
    "mailgun": Sender(SIGNING_SECRET, mailgun, _in_body, WORDS["mailgun"], "<2026060115.1.8F@mg.example.org>"),
    "resend": Sender(SVIX_SECRET, resend, _svix, WORDS["resend"], "56761188-7520-42d8-8898-ff6fc54ce618"),
    "brevo": Sender(BASIC_SECRET, brevo, _basic, WORDS["brevo"], "<202606011459.12345678901@smtp-relay.mailin.fr>"),
    "mailersend": Sender(
        SIGNING_SECRET, mailersend, _signed("signature"), WORDS["mailersend"], "62fb66bef54a112e920b5493"
    ),
    "mailjet": Sender(BASIC_SECRET, mailjet, _basic, WORDS["mailjet"], "19421777835146490"),
    "sparkpost": Sender(BASIC_SECRET, sparkpost, _basic, WORDS["sparkpost"], "65832150921904138"),
    "mailtrap": Sender(
        SIGNING_SECRET,
        mailtrap,
        _signed("mailtrap-signature"),
        WORDS["mailtrap"],
        "1df37d17-0286-4d8b-8edf-bc4ec5be86e6",
    ),
}
CASES = [(service, event) for service, sender in SENDERS.items() for event in sender.words]
