"""Send messages through the WhatsApp Cloud API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from providers import payload
from providers.base import Accepted, InDoubt, MessageRequest, RefusalCode, SubmitResult
from providers.http import Answer, http_client, perform, unanswered
from providers.network import CONNECT_SECONDS, TOTAL_SECONDS
from providers.whatsapp import errors

GRAPH_VERSION = "v26.0"

# Where the error's own code is unknown. Other statuses say nothing certain.
_BY_STATUS = {
    400: RefusalCode.OTHER,
    401: RefusalCode.UNAUTHORIZED,
    403: RefusalCode.UNAUTHORIZED,
    404: RefusalCode.MISCONFIGURED,
    429: RefusalCode.RATE_LIMITED,
}


class WhatsAppCloud:
    """Send with one access token. Thread-safe. A submission takes at most `total_seconds`."""

    def __init__(
        self,
        access_token: str,
        base_url: str,
        *,
        version: str = GRAPH_VERSION,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._root = f"{base_url.rstrip('/')}/{version}"
        self._headers = {"authorization": f"Bearer {access_token}"}
        self._total_seconds = total_seconds
        self._http = http_client(self, connect_seconds=connect_seconds)

    def close(self) -> None:
        """Close the connections that are kept alive."""
        self._http.close()

    def send_message(self, request: MessageRequest) -> SubmitResult:
        """Send the template, if one is named, else the text. Never raises."""
        url = f"{self._root}/{quote(request.from_external_id, safe='')}/messages"
        exchange = perform(
            lambda: self._http.post(url, headers=self._headers, json=_message(request)), seconds=self._total_seconds
        )
        return send_result(exchange.answer) if exchange.answer else unanswered(exchange)


def send_result(answer: Answer) -> SubmitResult:
    """Return what `answer` says of a message: accepted only with an id, refused only where that is certain."""
    body = answer.json()
    if answer.is_success:
        return _success(answer, body)
    if answer.status not in _BY_STATUS:
        return InDoubt(f"HTTP {answer.status}")
    return errors.refusal(
        payload.mapping(body.get("error")),
        fallback=_BY_STATUS[answer.status],
        retry_after_seconds=answer.retry_after_seconds(),
    )


def _success(answer: Answer, body: dict[str, Any]) -> SubmitResult:
    message_id = _first(body.get("messages"), "id")
    if not message_id:
        return InDoubt(f"HTTP {answer.status} without a message id")
    contact = _first(body.get("contacts"), "user_id") or _first(body.get("contacts"), "wa_id")
    return Accepted(message_id, contact, raw=body)


def _first(entries: object, word: str) -> str:
    return next((payload.text(entry.get(word)) for entry in payload.mappings(entries)), "")


def _message(request: MessageRequest) -> dict[str, Any]:
    message: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": request.to_address,
        "biz_opaque_callback_data": request.reference,
    }
    if request.template_name:
        return {**message, "type": "template", "template": _template(request)}
    return {**message, "type": "text", "text": {"body": request.text, "preview_url": False}}


def _template(request: MessageRequest) -> dict[str, Any]:
    template: dict[str, Any] = {
        "name": request.template_name,
        "language": {"code": request.template_language},
    }
    if request.template_parameters:
        parameters = [{"type": "text", "text": words} for words in request.template_parameters]
        template["components"] = [{"type": "body", "parameters": parameters}]
    return template
