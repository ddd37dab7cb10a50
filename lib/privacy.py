"""Recognise a person's address without keeping it."""

from __future__ import annotations

import hashlib
import hmac

_SHORTEST_KEY = 32  # bytes


def keyed_hash(value: str, *, key: bytes) -> str:
    """Return 64 hexadecimal digits that stand for a normalised address, by HMAC-SHA-256.

    Phone numbers are few enough to hash them all, so it is the key, kept outside the database, that hides them.
    Raises ValueError for a key shorter than 32 bytes.
    """
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"the key of keyed hashes needs at least {_SHORTEST_KEY} bytes")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
