"""Receive the tracking webhooks of email services, proven and read by django-anymail's own views.

A view is made anew for each webhook with the secrets of the one account it came for; nothing is taken from settings.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.module_loading import import_string

from lib.email_address import EmailError, normalize_email
from providers import payload
from providers.base import (
    DeliveryEvent,
    DeliveryStatus,
    IgnoredEvent,
    PreferenceEvent,
    ProviderEvent,
    RefusalCode,
    Refused,
    SignatureError,
)
from providers.email.delivery import REFERENCE
from providers.email.services import EmailService, receiver_name

_ID_LENGTH = 255
_NOBODY = "nobody:nothing"  # what a view that only reads is given for a secret
_TOLERANCE = timedelta(minutes=5)
# Mailgun tries for eight hours and does not say whether it signs each time anew; its token serves only once anyway.
_MAILGUN_TOLERANCE = timedelta(hours=12)
_SMTP_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")

_STATUSES = {
    "queued": DeliveryStatus.ACCEPTED,
    "sent": DeliveryStatus.SENT,
    "deferred": DeliveryStatus.SENT,  # the other side asked to come again: under way, and it may still fail
    "delivered": DeliveryStatus.DELIVERED,
    "complained": DeliveryStatus.DELIVERED,
    "opened": DeliveryStatus.READ,
    "clicked": DeliveryStatus.READ,
    "bounced": DeliveryStatus.FAILED,
    "rejected": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
}
_OPT_OUTS = ("complained", "unsubscribed")
_NOT_ABOUT_THE_ADDRESS = ("blocked", "spam", "timed_out", "unsubscribed")


class TrackingReceiver:
    """Authenticate and translate the webhooks of one email service."""

    def __init__(self, service: EmailService) -> None:
        self._service = service
        self.name = receiver_name(service.name)

    def verify(self, body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: datetime) -> None:
        """Raise `SignatureError` unless the webhook is proven by one of `secrets`, freshly where a time is signed."""
        request = _Delivery(body, headers)
        if not any(self._is_proven(request, secret, now) for secret in secrets):
            raise SignatureError("no secret of ours proves this webhook")

    def event_key(self, body: bytes) -> str:
        """Return a digest of what tells the events apart, and of the body where it cannot be read. Never raises."""
        try:
            told = [self._identity(event) for event in self._read(body)]
        except Exception:  # noqa: BLE001 - the views expect what their service documents and fail on all else
            told = []
        return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode() if told else body).hexdigest()

    def parse(self, body: bytes) -> Sequence[ProviderEvent]:
        """Return the events in the body, each on its own: one that cannot be read spoils no other. Never raises."""
        found: list[ProviderEvent] = []
        for part in _parts(body):
            try:
                found += [each for event in self._read(part) for each in self._translate(event)]
            except Exception:  # noqa: BLE001 - as in `event_key`
                found.append(IgnoredEvent("unreadable"))
        return found or [IgnoredEvent("nothing")]

    def _view(self, secret: str) -> Any:
        signed_with = "" if self._service.name == "resend" else self._service.signed_with
        own = {signed_with: secret, "webhook_secret": []} if signed_with else {"webhook_secret": [secret]}
        return import_string(self._service.view)(**own)

    def _is_proven(self, request: _Delivery, secret: str, now: datetime) -> bool:
        if not self._service.can_prove_with(secret):
            return False
        if self._service.name == "resend":
            return is_signed_by_svix(request.body, request.META, secret, now)
        try:
            self._view(secret).run_validators(request)
        except Exception:  # noqa: BLE001 - a signature that cannot even be read is none
            return False
        return self._service.name != "mailgun" or _is_fresh_mailgun(request.body, now)

    def _read(self, body: bytes) -> list[Any]:
        events: list[Any] = self._view(_NOBODY).parse_events(_Delivery(body, {}))
        return events

    def _identity(self, event: Any) -> list[object]:
        if event.event_id and self._service.id_is_used_once:
            return [event.event_id]
        told = [event.event_type, event.message_id, event.recipient]
        # Without an id all it says must count: two bounces of one second may differ in a single word.
        return [*told, event.event_id or event.esp_event]

    def _translate(self, event: Any) -> Iterator[ProviderEvent]:
        kind = str(event.event_type)
        raw = payload.mapping(event.esp_event)
        reference = _text(payload.mapping(event.metadata).get(REFERENCE))
        about = {"provider_id": _text(event.message_id), "reference": reference}
        address = _address(event.recipient)
        status = _STATUSES.get(kind)
        refusal = self._refusal(event, raw) if status is DeliveryStatus.FAILED else None
        if status is not None and any(about.values()):
            yield DeliveryEvent(status=status, at=event.timestamp, refusal=refusal, raw=raw, **about)
        reason = _reason_to_stop(kind, refusal)
        if reason and (address or any(about.values())):
            yield PreferenceEvent(address, stop=True, at=event.timestamp, reason=reason, raw=raw, **about)
        elif status is None or not any(about.values()):
            yield IgnoredEvent(f"tracking: {kind}"[:_ID_LENGTH])

    def _refusal(self, event: Any, raw: Mapping[str, Any]) -> Refused:
        """Return why an email did not arrive. The answers of mail servers repeat addresses, so only codes are kept."""
        reason = str(event.reject_reason or "")
        status = _SMTP_STATUS.search(f"{event.mta_response or ''} {event.description or ''}")
        words = [str(event.event_type), reason, status[0] if status else ""]
        told = " ".join(filter(None, dict.fromkeys(words)))
        return Refused(self._code(event, reason, status, raw), told, raw=raw)

    def _code(self, event: Any, reason: str, status: re.Match[str] | None, raw: Mapping[str, Any]) -> RefusalCode:
        if event.event_type == "rejected" and reason in ("spam", "unsubscribed"):
            return RefusalCode.OPTED_OUT  # the service remembers that the person asked it to stop
        about_policy = reason in _NOT_ABOUT_THE_ADDRESS or (status is not None and status[0].startswith("5.7."))
        if not about_policy and (reason == "invalid" or self._service.calls_dead(raw)):
            return RefusalCode.INVALID_ADDRESS
        return RefusalCode.OTHER


class _Delivery(HttpRequest):
    """A webhook as django-anymail's views want to see it. Header names are lower case."""

    def __init__(self, body: bytes, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.method, self.content_type = "POST", "application/json"
        self.META = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        self._body = body


def _parts(body: bytes) -> list[bytes]:
    """Return the bodies a list of events would have had one by one; a body that is no list as it is."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return [body]
    return [json.dumps([entry]).encode() for entry in content] if isinstance(content, list) else [body]


def _text(value: object) -> str:
    return str(payload.storable(payload.text(value)))[:_ID_LENGTH]


def _address(recipient: object) -> str:
    try:
        return normalize_email(payload.text(recipient))
    except EmailError:
        return ""


def _reason_to_stop(kind: str, refusal: Refused | None) -> str:
    """Return why nothing may be written to the address any more, "" where nothing says so."""
    if kind in _OPT_OUTS:
        return kind
    return "bounced" if refusal and refusal.code == RefusalCode.INVALID_ADDRESS else ""


def is_signed_by_svix(body: bytes, meta: Mapping[str, Any], secret: str, now: datetime) -> bool:
    """Say whether `body` was signed with `secret`, ``whsec_`` and base64, within five minutes of `now`.

    Resend signs as Svix does; the library django-anymail would ask for this is not among our dependencies.
    """
    stamp, id_ = str(meta.get("HTTP_SVIX_TIMESTAMP", "")), str(meta.get("HTTP_SVIX_ID", ""))
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    if not key or not _is_fresh(stamp, now, _TOLERANCE):
        return False
    made = hmac.new(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
    ours = b"v1," + base64.b64encode(made)
    given = str(meta.get("HTTP_SVIX_SIGNATURE", "")).split()
    return any(hmac.compare_digest(ours, one.encode(errors="replace")) for one in given)


def _is_fresh_mailgun(body: bytes, now: datetime) -> bool:
    signature = payload.mapping(payload.read_object(body).get("signature"))
    return _is_fresh(str(signature.get("timestamp", "")), now, _MAILGUN_TOLERANCE)


def _is_fresh(stamp: str, now: datetime, tolerance: timedelta) -> bool:
    at = payload.moment(stamp)
    return at is not None and abs(now - at) <= tolerance
