"""Take webhooks in: verify the raw bytes, store them, and only later read them.

What was answered with success is never lost, what is not authentic is never stored, and a repeated delivery changes
nothing but a count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F
from psycopg.types.json import Jsonb

from lib.crash_points import crash_point
from lib.db.clock import RealClock, read_real_clock
from lib.ids import new_id
from lib.wakeup import wake
from organizations.models import ProviderAccount
from organizations.services import read_credentials
from providers.base import SignatureError, WebhookReceiver
from providers.email.services import receiver_name
from providers.registry import UnknownProviderError
from providers.registry import receiver as webhook_receiver
from providers.whatsapp.webhooks import answer_challenge
from targets.events import apply_event, lock_opt_outs
from targets.models import InboxEvent
from targets.timing import INBOX_GIVE_UP_AFTER, INBOX_RETRY

log = structlog.get_logger(__name__)

# One statement, so that two deliveries at once are one event, and a delivery costs one commit.
_STORE = """
INSERT INTO targets_inboxevent AS event
  (id, receiver, provider_account_id, event_key, body, headers,
   received_at, next_try_at, deliveries, tries, result, error)
VALUES
  (%(id)s, %(receiver)s, %(account)s, %(key)s, %(body)s, %(headers)s,
   clock_timestamp(), clock_timestamp(), 1, 0, '', '')
ON CONFLICT (provider_account_id, event_key) DO UPDATE SET deliveries = event.deliveries + 1
RETURNING event.deliveries = 1
"""
_KEPT_HEADERS = (
    "content-type",
    "user-agent",
    "elevenlabs-signature",
    "x-hub-signature-256",
    "signature",
    "mailtrap-signature",
    "svix-id",
    "svix-timestamp",
    "svix-signature",
)  # never "authorization": what proves an email service's webhook is a password


class ReceiveResult(Enum):
    STORED = "stored"
    DUPLICATE = "duplicate"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_ACCOUNT = "unknown_account"


def receive_webhook(*, receiver: str, account_id: UUID, body: bytes, headers: Mapping[str, str]) -> ReceiveResult:
    """Store an authentic webhook of the account and wake whoever reads it. Header names are lower case.

    `receiver` is a kind of account. The account in the address only says which secret to check with, and of an email
    account which service speaks; whose call it is about is found from the attempt.
    """
    account = ProviderAccount.objects.filter(pk=account_id, kind=receiver).first()
    credentials = read_credentials(account) if account else {}
    source = _source(receiver, credentials)
    if account is None or source is None:
        return ReceiveResult.UNKNOWN_ACCOUNT
    try:
        source.verify(body, headers, secrets=_secrets(credentials), now=datetime.now(UTC))
    except SignatureError:
        log.warning("webhook.bad_signature", receiver=source.name, account=str(account_id))
        return ReceiveResult.BAD_SIGNATURE
    crash_point("H1")
    result = _store(account, source.name, source.event_key(body)[:255], body, headers)
    crash_point("H2")
    return result


def _store(account: ProviderAccount, receiver: str, key: str, body: bytes, headers: Mapping[str, str]) -> ReceiveResult:
    row: dict[str, Any] = {
        "id": new_id(),
        "receiver": receiver,
        "account": account.pk,
        "key": key,
        "body": body,
        "headers": Jsonb({name: headers[name] for name in _KEPT_HEADERS if name in headers}),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, row)
        is_new: bool = cursor.fetchone()[0]
    if not is_new:
        return ReceiveResult.DUPLICATE
    wake("targets.process_inbox")
    return ReceiveResult.STORED


def _source(kind: str, credentials: Mapping[str, str]) -> WebhookReceiver | None:
    """Return who reads the webhooks of an account, None where it has none, as an account with a mail server."""
    if kind != ProviderAccount.Kind.EMAIL:
        return webhook_receiver(kind)
    try:
        return webhook_receiver(receiver_name(credentials["service"]))
    except (KeyError, UnknownProviderError):
        return None


def _secrets(credentials: Mapping[str, str]) -> list[str]:
    """Return the secrets a webhook may be signed with: the present one, and the former one while it is rotated."""
    names = ("webhook_secret", "previous_webhook_secret")
    return [credentials[name] for name in names if credentials.get(name)]


def answer_whatsapp_challenge(account_id: UUID, params: Mapping[str, str]) -> str | None:
    """Return what to answer to WhatsApp's subscription handshake, None to refuse it."""
    account = ProviderAccount.objects.filter(pk=account_id, kind=ProviderAccount.Kind.WHATSAPP).first()
    token = read_credentials(account).get("verify_token") if account else None
    return answer_challenge(params, token) if token else None


def process_inbox(*, limit: int = 200) -> int:
    """Apply stored events, the longest waiting first; return how many were settled. Any number of copies may run."""
    settled = 0
    for _ in range(limit):
        result = _process_next()
        if result is None:
            break
        settled += result
    return settled


def _process_next() -> bool | None:
    """Apply the next event nobody else has in one transaction.

    Returns None where there is none, False where it has to wait for its attempt to be known.
    """
    event: InboxEvent | None = None
    try:
        with transaction.atomic():
            waiting = InboxEvent.objects.unprocessed(RealClock()).order_by("next_try_at")
            event = waiting.select_related("provider_account").select_for_update(skip_locked=True, of=("self",)).first()
            return None if event is None else _settle(event, _apply(event))
    except Exception as error:
        if event is None:
            raise
        log.exception("inbox.event_failed", event_id=str(event.pk))
        InboxEvent.objects.filter(pk=event.pk).update(
            tries=F("tries") + 1, next_try_at=RealClock() + _pause(event), error=type(error).__name__
        )
        return False


def _apply(event: InboxEvent) -> str:
    parsed = webhook_receiver(event.receiver).parse(bytes(event.body))
    lock_opt_outs(parsed, event.provider_account)
    results = {apply_event(item, account=event.provider_account, body_hash=_hash(event)) for item in parsed}
    crash_point("H3")
    for result in ("unmatched", "conflict", "applied", "known"):
        if result in results:
            return result
    return "ignored"


def _hash(event: InboxEvent) -> str:
    return hashlib.sha256(bytes(event.body)).hexdigest()


def _settle(event: InboxEvent, result: str) -> bool:
    waits = result == "unmatched" and read_real_clock() - event.received_at < INBOX_GIVE_UP_AFTER
    if result == "unmatched" and not waits:
        log.error("inbox.unmatched_for_good", event_id=str(event.pk), receiver=event.receiver)
    InboxEvent.objects.filter(pk=event.pk).update(
        tries=F("tries") + 1,
        result=result,
        error="",
        processed_at=None if waits else RealClock(),
        next_try_at=RealClock() + _pause(event),
    )
    return not waits


def _pause(event: InboxEvent) -> timedelta:
    """Return how long to leave an event alone: half as long again as it has waited, and not beyond its giving up.

    News that overtook an answer is applied soon after it. Thousands about messages another program sent through the
    same account do not keep everybody busy until they are given up.
    """
    age = read_real_clock() - event.received_at
    left = INBOX_GIVE_UP_AFTER - age
    return INBOX_RETRY + min(age / 2, left if left > timedelta(0) else INBOX_GIVE_UP_AFTER)
