"""Read the answers of ElevenLabs: what became of a dial, and whether a look-up can be believed."""

from __future__ import annotations

import re
from typing import Any

from providers import payload
from providers.base import Accepted, InDoubt, ProviderError, RefusalCode, Refused, SubmitResult
from providers.http import Answer

_BY_STATUS = {
    400: RefusalCode.MISCONFIGURED,
    401: RefusalCode.UNAUTHORIZED,
    402: RefusalCode.UNAUTHORIZED,
    403: RefusalCode.UNAUTHORIZED,
    404: RefusalCode.MISCONFIGURED,
    422: RefusalCode.MISCONFIGURED,
    429: RefusalCode.RATE_LIMITED,
}
_PASSING = frozenset({408, 409, 425, 429})
_MESSAGE_LENGTH = 300

# Speaks of the person's number. Our own, "agent_phone_number_id", must not match: that is a mistake of ours.
_BAD_NUMBER = re.compile(
    r"\bto_number\b|\b(invalid|unallocated|non-?existent) (destination |phone )*number\b(?! id)"
    r"|\bnot a valid (destination |phone )*number\b(?! id)|\binvalid_(phone|to)_number\b(?!_id)",
    re.IGNORECASE,
)


def dial_result(answer: Answer) -> SubmitResult:
    """Return what `answer` says of a dial: accepted only with a conversation, refused only where that is certain."""
    body = answer.json()
    if answer.is_success:
        return _success(answer, body)
    code = _BY_STATUS.get(answer.status)
    if code is None:
        return InDoubt(f"HTTP {answer.status}")
    detail = _complaint(body)
    return Refused(_refined(code, detail), detail[-_MESSAGE_LENGTH:], answer.retry_after_seconds(), raw=body)


def _success(answer: Answer, body: dict[str, Any]) -> SubmitResult:
    conversation = payload.text(body.get("conversation_id"))
    if body.get("success") is True and conversation:
        line = payload.text(body.get("callSid")) or payload.text(body.get("sip_call_id"))
        return Accepted(conversation, line, raw=body)
    if body.get("success") is False:
        message = payload.text(body.get("message"))[:_MESSAGE_LENGTH]
        return Refused(_refined(RefusalCode.OTHER, message), message, raw=body)
    return InDoubt(f"HTTP {answer.status} without a conversation")


def _refined(code: RefusalCode, complaint: str) -> RefusalCode:
    if code is RefusalCode.RATE_LIMITED:
        return RefusalCode.NO_CAPACITY if "concurrent" in complaint.lower() else code
    if code is not RefusalCode.UNAUTHORIZED and _BAD_NUMBER.search(complaint):
        return RefusalCode.INVALID_ADDRESS
    return code


def _complaint(body: dict[str, Any]) -> str:
    """Return every word of ``detail`` that says what is wrong, the message last."""
    detail = body.get("detail")
    if isinstance(detail, str):
        return detail
    return "; ".join(_entry(entry) for entry in payload.mappings(detail if isinstance(detail, list) else [detail]))


def _entry(detail: dict[str, Any]) -> str:
    place = detail.get("loc")
    words = [detail.get("code"), detail.get("status"), detail.get("param")]
    words += place if isinstance(place, list) else []
    words += [detail.get("message"), detail.get("msg")]
    return " ".join(word for word in words if isinstance(word, str) and word)


def readable(answer: Answer) -> dict[str, Any]:
    """Return the object a look-up was answered with. Raises `ProviderError`."""
    body = answer.json()
    if answer.is_success and body:
        return body
    permanent = 400 <= answer.status < 500 and answer.status not in _PASSING
    raise ProviderError(f"the look-up was answered with HTTP {answer.status}", permanent=permanent)
