"""Recognise a written wish to be left alone: a message that consists of a stop word and little else."""

from __future__ import annotations

import re
import unicodedata

# What people write to end messages, in the languages we speak; from the carriers' standard lists.
_STOP = frozenset(
    [
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "optout",
        "revoke",
        "baja",
        "alto",
        "parar",
        "cancelar",
        "detener",
        "basta",
        "annulla",
        "ferma",
        "disiscrivi",
        "disiscrivimi",
        "rimuovi",
        "stopp",
    ]
)
_PHRASES = (
    "opt out",
    "remove me",
    "leave me alone",
    "do not contact",
    "dont contact",
    "no me llames",
    "no me escribas",
    "dejame en paz",
    "darme de baja",
    "non chiamarmi",
    "non scrivermi",
    "lasciami in pace",
    "toglimi dalla lista",
)
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_LONGEST_WITH_STOP_WORD = 4


def asks_to_stop(text: str) -> bool:
    """Say whether a reply asks for no further contact. Errs on the side of leaving people alone."""
    words = _plain(text).split()
    if len(words) <= _LONGEST_WITH_STOP_WORD and any(word in _STOP for word in words):
        return True
    joined = " ".join(words)
    return any(phrase in joined for phrase in _PHRASES)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(char for char in folded if not unicodedata.combining(char) and char not in _APOSTROPHES)
    return re.sub(r"[^a-z ]+", " ", letters)
