"""Write messages in Meta's words: answers, errors and webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lib import clock

_TITLES = {
    4: "Application request limit reached",
    100: "Invalid parameter",
    190: "Invalid OAuth access token",
    131000: "Something went wrong",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131050: "User has stopped marketing messages",
    131056: "Pair rate limit hit",
    130429: "Rate limit hit",
    132001: "Template does not exist",
}
_DETAILS = {
    131026: "The recipient cannot receive this message.",
    131047: "More than 24 hours have passed since the customer last replied; use a template.",
    131050: "The recipient chose not to receive marketing messages from this business.",
    131056: "Too many messages from this number to the same recipient in a short time.",
    130429: "Too many messages sent from this number in a short time.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was accepted. `to_number` is E.164 with +."""

    wamid: str
    reference: str
    to_number: str
    phone_number_id: str
    kind: str

    @property
    def wa_id(self) -> str:
        """Return the recipient as Meta writes it, without +."""
        return self.to_number.removeprefix("+")


def error(code: int) -> dict[str, Any]:
    """Return an error body."""
    return {
        "error": {
            "message": f"(#{code}) {_TITLES[code]}",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": _DETAILS.get(code, _TITLES[code])},
            "fbtrace_id": "Asimulated",
        }
    }


def accepted(message: Message, *, written_as: str) -> dict[str, Any]:
    """Return the answer to a message that was accepted for `written_as`, the recipient as the caller wrote it."""
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": written_as, "wa_id": message.wa_id}],
        "messages": [{"id": message.wamid, "message_status": "accepted"}],
    }


def status_event(message: Message, status: str, *, code: int = 0) -> dict[str, Any]:
    """Return the webhook of a status; `code` is the error of a failed message."""
    entry: dict[str, Any] = {
        "id": message.wamid,
        "status": status,
        "timestamp": _now(),
        "recipient_id": message.wa_id,
        "pricing": {"billable": message.kind == "template", "pricing_model": "PMP", "category": "marketing"},
    }
    if message.reference:
        entry["biz_opaque_callback_data"] = message.reference
    if code:
        details = _DETAILS.get(code, _TITLES[code])
        entry["errors"] = [
            {"code": code, "title": _TITLES[code], "message": _TITLES[code], "error_data": {"details": details}}
        ]
    return _event(message.phone_number_id, {"statuses": [entry]})


def inbound_event(message: Message, text: str, *, wamid: str) -> dict[str, Any]:
    """Return the webhook of a person's reply to a message."""
    contact = {"profile": {"name": f"Person {message.wa_id[-4:]}"}, "wa_id": message.wa_id}
    reply = {
        "from": message.wa_id,
        "id": wamid,
        "timestamp": _now(),
        "type": "text",
        "text": {"body": text},
        "context": {"from": "15550100000", "id": message.wamid},
    }
    return _event(message.phone_number_id, {"contacts": [contact], "messages": [reply]})


def _event(phone_number_id: str, news: dict[str, Any]) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550100000", "phone_number_id": phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **news}
    entry = {"id": f"waba_{phone_number_id}", "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _now() -> str:
    return str(int(clock.now().timestamp()))
