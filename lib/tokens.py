"""Make and check API tokens: a public part to find the token by, and a secret part that is stored only as a hash.

How the two are written into one text is each dialect's business.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import zlib
from hmac import compare_digest
from typing import NamedTuple

PUBLIC_LENGTH = 10
SECRET_LENGTH = 49

# Letters and digits only: a double click selects the whole, and any punctuation may separate the parts.
_ALPHABET = string.ascii_letters + string.digits
_RANDOM_LENGTH = 43  # 256 bits
_CHECKSUM_LENGTH = SECRET_LENGTH - _RANDOM_LENGTH


class Token(NamedTuple):
    """The two parts of a new token. The secret is shown to its owner once and never stored."""

    public_id: str
    secret: str


def new_token() -> Token:
    """Return a new token with 256 random bits in its secret, which ends with a checksum of six characters."""
    secret = _random(_RANDOM_LENGTH)
    return Token(_random(PUBLIC_LENGTH), secret + _checksum(secret))


def well_formed(secret: str) -> bool:
    """Say whether a text can be a secret at all: a mistyped or cut one is refused without a look-up."""
    fits = len(secret) == SECRET_LENGTH and all(char in _ALPHABET for char in secret)
    return fits and _checksum(secret[:_RANDOM_LENGTH]) == secret[_RANDOM_LENGTH:]


def hash_secret(secret: str) -> str:
    """Return what is stored of a secret: 64 hexadecimal digits.

    A plain SHA-256, because a password hash only slows down the guessing of secrets that people choose.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matches(secret: str, stored_hash: str) -> bool:
    """Say whether a secret is the one whose hash is stored, in time that tells nothing of how close it came."""
    return compare_digest(hash_secret(secret).encode(), stored_hash.encode())


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(text: str) -> str:
    value, digits = zlib.crc32(text.encode()), []
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
