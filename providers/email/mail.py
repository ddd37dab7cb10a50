"""Send email through any Django mail backend."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from providers.base import Accepted, InDoubt, MessageRequest, RefusalCode, Refused, SubmitResult
from providers.email.writing import sender_domain, write_message
from providers.network import TOTAL_SECONDS

SMTP_BACKEND = "providers.email.smtp.EmailBackend"
_PERMANENT = range(500, 600)
_PASSING = range(400, 500)


class DjangoEmail:
    """Send through `backend`, a Django mail backend given as a dotted path, made anew with `options` for each message.

    With the SMTP backend of this package, one message takes at most the option ``timeout`` seconds in all. Another
    backend answers for its own time-outs.
    """

    def __init__(self, backend: str = SMTP_BACKEND, **options: Any) -> None:
        self._backend = backend
        self._options = {"timeout": TOTAL_SECONDS, **options} if backend == SMTP_BACKEND else options

    def send_message(self, request: MessageRequest) -> SubmitResult:
        """Send one email to one address, with one-click unsubscription where a URL is given. Never raises."""
        message = write_message(request)
        if isinstance(message, Refused):
            return message
        # One id for every attempt to send the same message, so that a receiving server can tell a repetition.
        message.extra_headers["Message-ID"] = f"<{quote(request.reference, safe='')}@{sender_domain(request)}>"
        try:
            return self._send(message)
        except Exception as error:  # noqa: BLE001 - past the opening of the connection, every failure leaves doubt
            return InDoubt(f"no complete answer ({type(error).__name__})")

    def _send(self, message: EmailMessage) -> SubmitResult:
        try:
            connection = get_connection(self._backend, fail_silently=False, **self._options)
        except Exception as error:  # noqa: BLE001 - a backend that cannot be made has offered nothing
            return _not_opened(error)
        try:
            return _offer(connection, message)
        finally:
            with suppress(Exception):  # the message is sent or not; a failing goodbye changes nothing
                connection.close()


def _offer(connection: BaseEmailBackend, message: EmailMessage) -> SubmitResult:
    try:
        connection.open()
    except Exception as error:  # noqa: BLE001 - whatever failed, no message has been offered yet
        return _not_opened(error)
    try:
        count = connection.send_messages([message])
    except smtplib.SMTPException as error:
        return _certain_without_data(connection, _smtp_result(error))
    except Exception as error:  # noqa: BLE001 - what failed matters less than how far it had come
        return _certain_without_data(connection, InDoubt(f"no complete answer ({type(error).__name__})"))
    return Accepted(message.extra_headers["Message-ID"]) if count else InDoubt("the backend sent nothing")


def _certain_without_data(connection: BaseEmailBackend, result: SubmitResult) -> SubmitResult:
    """Return a refusal instead of a doubt where the server was never offered the message itself."""
    session = getattr(connection, "connection", None)  # of this package's backend; others do not tell
    if isinstance(result, InDoubt) and not getattr(session, "data_has_begun", True):
        return _not_now(RefusalCode.UNREACHABLE, f"the mail server broke off before the message ({result.reason})")
    return result


def _not_opened(error: Exception) -> Refused:
    kind = type(error).__name__
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused(RefusalCode.UNAUTHORIZED, f"the mail server refused our credentials ({error.smtp_code})")
    misconfigured = isinstance(error, smtplib.SMTPNotSupportedError | ValueError | TypeError | ImportError)
    code = RefusalCode.MISCONFIGURED if misconfigured else RefusalCode.UNREACHABLE
    return _not_now(code, f"no connection to the mail server ({kind})")


def _smtp_result(error: smtplib.SMTPException) -> SubmitResult:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        policy = reply.startswith(b"5.7.")  # RFC 3463: about security or policy, so not about this address
        return _by_code(code, RefusalCode.OTHER if policy else RefusalCode.INVALID_ADDRESS)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _by_code(error.smtp_code, RefusalCode.MISCONFIGURED)
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code(error.smtp_code, RefusalCode.OTHER)
    return InDoubt(f"no complete answer ({type(error).__name__})")


def _by_code(code: int, permanent: RefusalCode) -> SubmitResult:
    if code in _PERMANENT:
        return Refused(permanent, f"SMTP {code}", raw={"smtp_code": code})
    if code in _PASSING:
        return _not_now(RefusalCode.RATE_LIMITED, f"SMTP {code}", smtp_code=code)
    return InDoubt(f"SMTP {code}")  # smtplib gives -1 for a line that is no reply


def _not_now(code: RefusalCode, message: str, **raw: int) -> Refused:
    """Return a refusal that says nothing of other emails: a mail server that asks to wait speaks of one mailbox."""
    return Refused(code, message, raw=raw, is_of_one_address=True)
