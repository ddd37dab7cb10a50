"""Translate the error codes of the WhatsApp Cloud API, which come in answers and in later statuses alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers import payload
from providers.base import RefusalCode, Refused

_CODES = {
    4: RefusalCode.RATE_LIMITED,
    80007: RefusalCode.RATE_LIMITED,
    130429: RefusalCode.RATE_LIMITED,
    131000: RefusalCode.RATE_LIMITED,
    131016: RefusalCode.RATE_LIMITED,
    131048: RefusalCode.RATE_LIMITED,
    131049: RefusalCode.RATE_LIMITED,
    131056: RefusalCode.RATE_LIMITED,
    131057: RefusalCode.RATE_LIMITED,
    131021: RefusalCode.INVALID_ADDRESS,
    131026: RefusalCode.INVALID_ADDRESS,
    131047: RefusalCode.OUTSIDE_SESSION,
    131050: RefusalCode.OPTED_OUT,
    10: RefusalCode.UNAUTHORIZED,
    190: RefusalCode.UNAUTHORIZED,
    368: RefusalCode.UNAUTHORIZED,
    131005: RefusalCode.UNAUTHORIZED,
    131031: RefusalCode.UNAUTHORIZED,
    131042: RefusalCode.UNAUTHORIZED,
    33: RefusalCode.MISCONFIGURED,
    100: RefusalCode.MISCONFIGURED,
    131008: RefusalCode.MISCONFIGURED,
    131009: RefusalCode.MISCONFIGURED,
    131045: RefusalCode.MISCONFIGURED,
    131051: RefusalCode.MISCONFIGURED,
    133010: RefusalCode.MISCONFIGURED,
}
_PERMISSIONS = range(200, 300)
_TEMPLATES = range(132000, 133000)
_WAITS = {
    131049: 86_400.0,  # Meta's cap on marketing messages to one person: no use before a day has passed
    131056: 6.0,  # one message each six seconds to the same person
}
_MESSAGE_LENGTH = 300


def refusal(
    error: Mapping[str, Any],
    *,
    fallback: RefusalCode = RefusalCode.OTHER,
    retry_after_seconds: float | None = None,
) -> Refused:
    """Return what `error` means; `fallback` where its code is not known. Never raises."""
    code = payload.whole(error.get("code")) or 0
    message = payload.text(error.get("message")) or payload.text(error.get("title"))
    return Refused(
        _meaning(code, fallback),
        f"{code} {message}".strip()[:_MESSAGE_LENGTH],
        _WAITS.get(code, retry_after_seconds),
        raw=error,
    )


def _meaning(code: int, fallback: RefusalCode) -> RefusalCode:
    if code in _PERMISSIONS:
        return RefusalCode.UNAUTHORIZED
    if code in _TEMPLATES:
        return RefusalCode.MISCONFIGURED
    return _CODES.get(code, fallback)
