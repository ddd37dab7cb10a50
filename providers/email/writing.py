"""Write the email a request asks for, fit to be sent, or say why it cannot be."""

from __future__ import annotations

import smtplib
import unicodedata
from email.utils import parseaddr
from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email

from providers.base import MessageRequest, RefusalCode, Refused


def write_message(request: MessageRequest) -> EmailMultiAlternatives | Refused:
    """Return the email to one address, with one-click unsubscription where a URL is given. Never raises."""
    try:
        return _message(request)
    except ValidationError:
        return Refused(RefusalCode.INVALID_ADDRESS, "not an email address")
    except (ValueError, smtplib.SMTPException) as error:  # a header with a line break, text that no charset holds
        return Refused(RefusalCode.MISCONFIGURED, f"the message cannot be written ({type(error).__name__})")


def sender_domain(request: MessageRequest) -> str:
    """Return the domain of the request's sender, "" where that is no address."""
    _name, at, domain = parseaddr(request.from_external_id)[1].rpartition("@")
    return domain if at else ""


def _message(request: MessageRequest) -> EmailMultiAlternatives:
    validate_email(request.to_address)
    if not sender_domain(request):
        raise ValueError("the sender has no address")
    message = EmailMultiAlternatives(
        subject=_one_line(request.subject),
        body=request.text,
        from_email=request.from_external_id,
        to=[request.to_address],
        reply_to=[_plain_address(request.reply_to)] if request.reply_to else None,
        headers=_unsubscription(request),
    )
    if request.html:
        message.attach_alternative(request.html, "text/html")
    message.message()  # fails now rather than in the middle of a transaction
    return message


def _one_line(text: str) -> str:
    """Return `text` without line breaks and control characters: a name in it must not begin a header of its own."""
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in text).split())


def _plain_address(address: str) -> str:
    """Return `address`, one of ours. Raises ValueError where it is not one plain address."""
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError("not one plain address") from None  # ours, so not a fault of the recipient's address
    return address


def _unsubscription(request: MessageRequest) -> dict[str, str]:
    """Return the headers of RFC 2369 and, where there is a URL to post to, RFC 8058."""
    ways = []
    url = request.unsubscribe_url
    if url:
        if urlsplit(url).scheme != "https" or any(mark in url for mark in " \t\r\n<>,"):
            raise ValueError("not a URL that a mail program can call")
        ways.append(f"<{url}>")
    if request.unsubscribe_address:
        address = quote(_plain_address(request.unsubscribe_address), safe="@")
        ways.append(f"<mailto:{address}?subject=unsubscribe>")
    if not ways:
        return {}
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url else {}
    return {"List-Unsubscribe": ", ".join(ways), **one_click}
