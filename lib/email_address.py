"""Turn what people type into email addresses that can be compared and written to.

No message here ever contains an address: addresses are personal data and messages end up in logs.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

_LONGEST = 254  # RFC 5321, section 4.5.3.1, for the whole and for the part before the @
_LONGEST_LOCAL = 64
_AROUND = " \t\r\n'\"<>"
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})")


class EmailErrorCode(StrEnum):
    """What is wrong with something that should be an email address."""

    EMPTY = "empty"
    INVALID = "invalid"


class EmailError(ValueError):
    """Say that a text is not an email address. `code` is for programs, the message for people."""

    def __init__(self, code: EmailErrorCode) -> None:
        empty = code is EmailErrorCode.EMPTY
        super().__init__("There is no email address." if empty else "This is not a valid email address.")
        self.code = code


def normalize_email(raw: str) -> str:
    """Return the address in lower case, with its domain in ASCII, so that equal addresses are equal texts.

    Capitals before the @ could matter by the standard, but no mail provider of note tells them apart, and a person
    who opted out must be recognised however the address is written. Raises EmailError.
    """
    text = unicodedata.normalize("NFC", raw[: _LONGEST * 2]).strip(_AROUND).lower().removeprefix("mailto:")
    if not text:
        raise EmailError(EmailErrorCode.EMPTY)
    local, _at, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise EmailError(EmailErrorCode.INVALID) from None  # the codec's message repeats the domain
    address = f"{local}@{domain}"
    too_long = len(local) > _LONGEST_LOCAL or len(address) > _LONGEST
    if too_long or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise EmailError(EmailErrorCode.INVALID)
    return address
