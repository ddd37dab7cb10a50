"""Receive the webhooks of ElevenLabs.

The vendor's own check accepts stamps from the future, breaks on odd headers and compares in variable time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from providers import payload
from providers.base import CallEvent, IgnoredEvent, ProviderEvent, SignatureError
from providers.elevenlabs import mapping

_HEADER = "elevenlabs-signature"
_TOLERANCE_SECONDS = 1800
_KEY_LENGTH = 200
_STAMP = re.compile(r"t=([0-9]{1,12})")


class ElevenLabsReceiver:
    """Authenticate and translate post-call webhooks."""

    name = "elevenlabs"

    def verify(self, body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: datetime) -> None:
        """Raise `SignatureError` unless one of `secrets` signed these bytes within half an hour of `now`."""
        parts = [part.strip() for part in headers.get(_HEADER, "").split(",")]
        stamps = [match[1] for part in parts if (match := _STAMP.fullmatch(part))]
        given = [part[3:].encode(errors="replace") for part in parts if part.startswith("v0=")]
        if len(stamps) != 1 or not given:
            raise SignatureError("the signature header is missing or malformed")
        if abs(now.timestamp() - int(stamps[0])) > _TOLERANCE_SECONDS:
            raise SignatureError("the signature's time is too far from ours")
        signed = stamps[0].encode() + b"." + body
        expected = [_sign(secret, signed) for secret in secrets if secret]  # an empty secret is known to everybody
        if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
            raise SignatureError("no secret of ours made this signature")

    def event_key(self, body: bytes) -> str:
        """Return ``type:conversation_id``, or a digest of the body where it names neither. Never raises."""
        event = payload.read_object(body)
        kind, conversation = event.get("type"), payload.mapping(event.get("data")).get("conversation_id")
        if kind and conversation and isinstance(kind, str) and isinstance(conversation, str):
            key = f"{kind}:{conversation}"
            if len(key) <= _KEY_LENGTH:
                return key
        return hashlib.sha256(body).hexdigest()

    def parse(self, body: bytes) -> Sequence[ProviderEvent]:
        """Return the one event in the body. Never raises."""
        event = payload.read_object(body)
        kind, data = payload.text(event.get("type")), payload.mapping(event.get("data"))
        if kind == "post_call_transcription":
            report = mapping.report(data, has_ended=True)
        elif kind == "call_initiation_failure":
            report = mapping.failed_start(data)
        elif kind == "answering_machine_detection":
            report = mapping.picked_up(data)
        else:
            return [IgnoredEvent(kind[:_KEY_LENGTH] or "unreadable")]
        return [CallEvent(report) if report.provider_id or report.reference else IgnoredEvent(f"{kind} of no call")]


def _sign(secret: str, signed: bytes) -> bytes:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
