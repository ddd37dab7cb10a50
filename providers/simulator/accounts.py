"""Know who may use the simulated vendors, from a JSON file that is read again whenever it changes.

    {"voice": [{"api_key": "…", "webhook_url": "http://…", "webhook_secret": "…"}],
     "whatsapp": [{"access_token": "…", "phone_number_id": "…", "webhook_url": "http://…", "app_secret": "…",
                   "verify_token": "…"}],
     "postmark": [{"server_token": "…", "webhook_url": "http://…", "webhook_secret": "user:password"}],
     "analysis": [{"api_key": "…"}]}

Without a ``webhook_url`` nothing is delivered. With a ``verify_token`` the URL must first pass Meta's handshake. One
token may have several numbers, an entry for each. A missing file means that nobody has an account; an unreadable one
leaves the last good version in force, so replace it by a rename if you can.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VoiceAccount:
    """A workspace of the voice vendor."""

    api_key: str
    webhook_url: str = ""
    webhook_secret: str = ""


@dataclass(frozen=True, slots=True)
class WhatsAppAccount:
    """One business phone number with the token that may use it."""

    access_token: str
    phone_number_id: str
    webhook_url: str = ""
    app_secret: str = ""
    verify_token: str = ""


@dataclass(frozen=True, slots=True)
class PostmarkAccount:
    """A server of the email service, in its own sense of the word."""

    server_token: str
    webhook_url: str = ""
    webhook_secret: str = ""


@dataclass(frozen=True, slots=True)
class _Book:
    voice: Mapping[str, VoiceAccount] = field(default_factory=dict)
    whatsapp: Mapping[tuple[str, str], WhatsAppAccount] = field(default_factory=dict)
    postmark: Mapping[str, PostmarkAccount] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset()
    analysis: frozenset[str] = frozenset()


class Accounts:
    """Look accounts up by their secrets."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._book = _Book()

    def voice(self, api_key: str) -> VoiceAccount | None:
        """Return the workspace of a key."""
        return self._current().voice.get(api_key)

    def whatsapp(self, access_token: str, phone_number_id: str) -> WhatsAppAccount | None:
        """Return the number's account if the token may use it."""
        return self._current().whatsapp.get((access_token, phone_number_id))

    def postmark(self, server_token: str) -> PostmarkAccount | None:
        """Return the email service's account of a token."""
        return self._current().postmark.get(server_token)

    def knows_token(self, access_token: str) -> bool:
        """Tell whether a WhatsApp token is good for any number."""
        return access_token in self._current().tokens

    def may_analyze(self, api_key: str) -> bool:
        """Tell whether a key may ask the model."""
        return api_key in self._current().analysis

    def _current(self) -> _Book:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return _Book()
        version = (stat.st_mtime_ns, stat.st_size)
        if version != self._version:
            self._reload()
            # Not before: another thread would take the old book for the new one, and send a customer away.
            self._version = version
        return self._book

    def _reload(self) -> None:
        try:
            self._book = _read(json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
            logger.warning("accounts file unreadable (%s), keeping the last good one", type(problem).__name__)


def _read(raw: Mapping[str, Any]) -> _Book:
    whatsapp = [WhatsAppAccount(**entry) for entry in raw.get("whatsapp", [])]
    return _Book(
        voice={entry["api_key"]: VoiceAccount(**entry) for entry in raw.get("voice", [])},
        whatsapp={(each.access_token, each.phone_number_id): each for each in whatsapp},
        postmark={entry["server_token"]: PostmarkAccount(**entry) for entry in raw.get("postmark", [])},
        tokens=frozenset(each.access_token for each in whatsapp),
        analysis=frozenset(entry["api_key"] for entry in raw.get("analysis", [])),
    )
