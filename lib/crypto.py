"""Keep small secrets, such as the keys of provider accounts, encrypted in the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SecretError(Exception):
    """Say that a stored secret cannot be read with the keys at hand."""


class SecretBox:
    """Encrypt JSON values with the first key; decrypt what any of the keys encrypted.

    To change keys: put the new one first, `rotate` what is stored, then drop the old one.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Take keys as `new_key` makes them, newest first. Raises ValueError where one is not, or there is none."""
        if not keys:
            raise ValueError("encryption needs at least one key")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ValueError("an encryption key is not 32 bytes in URL-safe base64") from None

    @staticmethod
    def new_key() -> str:
        """Return a new random key."""
        return Fernet.generate_key().decode("ascii")

    def encrypt(self, value: Any) -> str:
        """Return a JSON value as printable ciphertext, different every time."""
        return self._fernet.encrypt(json.dumps(value).encode()).decode("ascii")

    def decrypt(self, ciphertext: str) -> Any:
        """Return the value of a ciphertext. Raises SecretError where it is forged, cut or from a key not at hand."""
        try:
            return json.loads(self._fernet.decrypt(ciphertext))
        except (InvalidToken, ValueError):
            raise SecretError("a stored secret cannot be read with the configured keys") from None

    def rotate(self, ciphertext: str) -> str:
        """Return the ciphertext of the same value under the first key. Raises SecretError."""
        return self.encrypt(self.decrypt(ciphertext))
