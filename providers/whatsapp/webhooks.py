"""Receive the webhooks of the WhatsApp Cloud API: messages from people, statuses of ours, and marketing preferences."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from providers import payload
from providers.base import (
    DeliveryEvent,
    DeliveryStatus,
    IgnoredEvent,
    InboundEvent,
    PreferenceEvent,
    ProviderEvent,
    SignatureError,
)
from providers.whatsapp import errors

_HEADER = "x-hub-signature-256"
_KIND_LENGTH = 200
_PHONE = re.compile(r"\+?([1-9][0-9]{4,14})")
_STATUSES = {
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "played": DeliveryStatus.READ,
    "failed": DeliveryStatus.FAILED,
}
_PREFERENCES = {"stop": True, "resume": False}
# Where a person's words stand, by the type of the message. Other types open a session and say nothing.
_WORDS = {
    "text": ("text", "body"),
    "button": ("button", "text"),
    "reaction": ("reaction", "emoji"),
    "image": ("image", "caption"),
    "video": ("video", "caption"),
    "document": ("document", "caption"),
}


def answer_challenge(params: Mapping[str, str], verify_token: str) -> str | None:
    """Return the text that the subscription handshake wants back, None where `params` do not hold our token."""
    given = params.get("hub.verify_token", "")
    known = bool(verify_token) and hmac.compare_digest(given.encode(errors="replace"), verify_token.encode())
    return params.get("hub.challenge") if known and params.get("hub.mode") == "subscribe" else None


class WhatsAppReceiver:
    """Authenticate and translate webhooks of a WhatsApp business account."""

    name = "whatsapp"

    def verify(self, body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: datetime) -> None:
        """Raise `SignatureError` unless one of `secrets` signed these bytes. Meta signs no time: `now` is not used."""
        given = headers.get(_HEADER, "").strip().encode(errors="replace")
        expected = [_sign(secret, body) for secret in secrets if secret]  # an empty secret is known to everybody
        if not any(hmac.compare_digest(ours, given) for ours in expected):
            raise SignatureError("no secret of ours made this signature")

    def event_key(self, body: bytes) -> str:
        """Return a digest of the body: one delivery carries many updates, each with an id of its own. Never raises."""
        return hashlib.sha256(body).hexdigest()

    def parse(self, body: bytes) -> Sequence[ProviderEvent]:
        """Return every update in the body, in its order. Never raises."""
        found: list[ProviderEvent] = []
        for entry in payload.mappings(payload.read_object(body).get("entry")):
            for change in payload.mappings(entry.get("changes")):
                found += _events(change)
        return found or [IgnoredEvent("unreadable")]


def _sign(secret: str, body: bytes) -> bytes:
    return b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def _events(change: Mapping[str, Any]) -> Iterator[ProviderEvent]:
    value = payload.mapping(change.get("value"))
    statuses, messages = payload.mappings(value.get("statuses")), payload.mappings(value.get("messages"))
    preferences = payload.mappings(value.get("user_preferences"))
    yield from (_delivery(status) for status in statuses)
    yield from (_inbound(message) for message in messages)
    yield from (_preference(preference) for preference in preferences)
    if not (statuses or messages or preferences):
        yield IgnoredEvent(payload.text(change.get("field"))[:_KIND_LENGTH] or "unknown change")


def _delivery(status: Mapping[str, Any]) -> ProviderEvent:
    message_id, reference = payload.text(status.get("id")), payload.text(status.get("biz_opaque_callback_data"))
    if not (message_id or reference):
        return IgnoredEvent("status of no message")
    how_far = _STATUSES.get(payload.text(status.get("status")), DeliveryStatus.UNKNOWN)
    complaints = payload.mappings(status.get("errors")) or [{}]
    return DeliveryEvent(
        provider_id=message_id,
        status=how_far,
        reference=reference,
        at=payload.moment(status.get("timestamp")),
        refusal=errors.refusal(complaints[0]) if how_far is DeliveryStatus.FAILED else None,
        raw=status,
    )


def _inbound(message: Mapping[str, Any]) -> ProviderEvent:
    kind = payload.text(message.get("type"))
    if not message.get("id") or kind == "system":  # a system message is Meta's own, such as a changed number
        return IgnoredEvent(f"message {kind}"[:_KIND_LENGTH])
    return InboundEvent(
        provider_id=payload.text(message.get("id")),
        from_address=_phone(message.get("from")),
        text=_words(message, kind),
        at=payload.moment(message.get("timestamp")),
        sender_id=payload.text(message.get("from_user_id")),
        reply_to_provider_id=payload.text(payload.mapping(message.get("context")).get("id")),
        raw=message,
    )


def _words(message: Mapping[str, Any], kind: str) -> str:
    if kind == "interactive":
        choice = payload.mapping(message.get("interactive"))
        replies = [payload.mapping(choice.get(reply)) for reply in ("button_reply", "list_reply")]
        return next((words for reply in replies if (words := payload.text(reply.get("title")))), "")
    part, word = _WORDS.get(kind, ("", ""))
    return payload.text(payload.mapping(message.get(part)).get(word))


def _preference(preference: Mapping[str, Any]) -> ProviderEvent:
    stop = _PREFERENCES.get(payload.text(preference.get("value")))
    phone, sender_id = _phone(preference.get("wa_id")), payload.text(preference.get("user_id"))
    if stop is None or not (phone or sender_id):
        return IgnoredEvent("preference that says nothing")
    return PreferenceEvent(phone, stop, payload.moment(preference.get("timestamp")), sender_id, raw=preference)


def _phone(value: object) -> str:
    match = _PHONE.fullmatch(payload.text(value))
    return f"+{match[1]}" if match else ""
