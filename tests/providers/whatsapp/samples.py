"""What the WhatsApp Cloud API sends to a webhook, as its documentation describes it."""

from __future__ import annotations

from typing import Any


def delivery(field: str = "messages", **value: Any) -> dict[str, Any]:
    """Return the body of one webhook with one change."""
    metadata = {"display_phone_number": "15550001111", "phone_number_id": "PNID"}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "WABA", "changes": [{"field": field, "value": whole}]}],
    }


def message(kind: str = "text", **parts: Any) -> dict[str, Any]:
    """Return one message of a person."""
    return {
        "from": "15550002222",
        "from_user_id": "US.1",
        "id": "wamid.A",
        "timestamp": "1790416800",
        "type": kind,
        **(parts or {"text": {"body": "STOP"}}),
    }


def status(word: str, **parts: Any) -> dict[str, Any]:
    """Return one status of a message of ours."""
    return {
        "id": "wamid.B",
        "status": word,
        "timestamp": "1790416801",
        "recipient_id": "15550002222",
        "biz_opaque_callback_data": "message-1",
        **parts,
    }
