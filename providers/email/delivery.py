"""Send email through the HTTP API of an email service, by the backend django-anymail has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string

from providers.base import Accepted, InDoubt, MessageRequest, RefusalCode, Refused, SubmitResult
from providers.email.services import EmailService
from providers.email.writing import write_message
from providers.http import Exchange, http_client, perform, unanswered
from providers.network import CONNECT_SECONDS, TOTAL_SECONDS

REFERENCE = "reference"  # the metadatum that comes back with every event of the message

# What says for certain that nothing was taken. Other statuses leave doubt, those of time-outs and conflicts too.
_BY_STATUS = {
    400: RefusalCode.OTHER,
    401: RefusalCode.UNAUTHORIZED,
    402: RefusalCode.UNAUTHORIZED,
    403: RefusalCode.UNAUTHORIZED,
    404: RefusalCode.MISCONFIGURED,
    405: RefusalCode.MISCONFIGURED,
    406: RefusalCode.OTHER,
    413: RefusalCode.OTHER,
    422: RefusalCode.OTHER,
    429: RefusalCode.RATE_LIMITED,
}


class ServiceEmail:
    """Send through one account with an email service. Thread-safe. A submission takes at most `total_seconds`."""

    def __init__(
        self,
        service: EmailService,
        options: Mapping[str, str],
        base_url: str = "",
        *,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._service = service
        self._options = {**options, **({"api_url": base_url} if base_url else {})}
        self._total_seconds = total_seconds
        self._http = http_client(self, connect_seconds=connect_seconds)

    def close(self) -> None:
        """Close the connections that are kept alive."""
        self._http.close()

    def send_message(self, request: MessageRequest) -> SubmitResult:
        """Send one email to one address; our reference goes with it where the service takes one. Never raises."""
        message = write_message(request)
        if isinstance(message, Refused):
            return message
        if self._service.takes_metadata:
            message.metadata = {REFERENCE: request.reference}  # type: ignore[attr-defined]  # read by django-anymail
        exchange = perform(lambda: self._offer(message), seconds=self._total_seconds)
        return _failed(exchange, request) if exchange.failure else _taken(exchange, message)

    def _offer(self, message: EmailMultiAlternatives) -> None:
        from providers.email.transport import bound_session

        connection = import_string(self._service.backend)(**self._options)
        connection.open()
        bound_session(connection.session, self._http)
        try:
            connection.send_messages([message])
        finally:
            connection.close()


def _taken(exchange: Exchange, message: EmailMultiAlternatives) -> SubmitResult:
    status: Any = getattr(message, "anymail_status", None)
    if exchange.answer is None or status is None or not status.status:
        return InDoubt("the backend sent nothing")
    if not status.message_id or status.status == {"failed"}:
        return InDoubt(f"HTTP {exchange.answer.status} that says neither yes nor no")
    return Accepted(str(status.message_id), raw=exchange.answer.json())


def _failed(exchange: Exchange, request: MessageRequest) -> SubmitResult:
    from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused

    failure, answer = exchange.failure, exchange.answer
    if isinstance(failure, AnymailRecipientsRefused):
        return Refused(RefusalCode.INVALID_ADDRESS, "the email service does not write to this address")
    if answer is None:
        if exchange.sent or not isinstance(failure, AnymailError | ImproperlyConfigured | ImportError):
            return unanswered(exchange)
        # The sender's address was written by an operator; the person's may have a domain nobody can have.
        is_theirs = isinstance(failure, AnymailInvalidAddress) and not request.to_address.isascii()
        code = RefusalCode.INVALID_ADDRESS if is_theirs else RefusalCode.MISCONFIGURED
        return Refused(code, f"the message cannot be written ({type(failure).__name__})")
    if answer.status not in _BY_STATUS:
        return InDoubt(f"HTTP {answer.status}")
    return Refused(
        _BY_STATUS[answer.status],
        f"HTTP {answer.status}",
        answer.retry_after_seconds(),
        raw=answer.json(),
    )
