"""Recognise a written wish to be left alone: a message that is a stop word, holds one and little else, or says it."""

from __future__ import annotations

import re
import unicodedata

# What people write to end messages, in the languages we speak; from the carriers' standard lists. One of them in a
# short message is enough.
_STOP = frozenset(
    [
        "stop",
        "stopp",
        "stopall",
        "unsubscribe",
        "optout",
        "baja",
        "detener",
        "disiscrivi",
        "disiscrivimi",
        "disiscrivetemi",
        "cancellami",
        "cancellatemi",
        "basta",
    ]
)
# Words of those lists that mean other things in a sentence: they must stand alone, or with a word of courtesy.
_STOP_ALONE = frozenset(
    ["cancel", "end", "quit", "revoke", "alto", "parar", "cancelar", "annulla", "ferma", "rimuovi", "remove"]
)
_COURTESY = frozenset(["please", "por", "favor", "per", "favore", "grazie", "gracias", "thanks", "now", "ya", "ora"])
_PHRASES = (
    "opt out",
    "remove me",
    "take me off",
    "leave me alone",
    "do not contact",
    "dont contact",
    "do not call",
    "dont call",
    "do not message",
    "dont message",
    "do not text",
    "dont text",
    "do not write",
    "dont write",
    "stop calling",
    "stop messaging",
    "stop texting",
    "stop writing",
    "stop contacting",
    "stop sending",
    "no me llam",
    "no me escrib",
    "no me contact",
    "no me mand",
    "no me envi",
    "no llam",
    "no escrib",
    "dejame en paz",
    "dejenme en paz",
    "deja de llamar",
    "deja de escribir",
    "dejen de llamar",
    "dejen de escribir",
    "darme de baja",
    "darse de baja",
    "dame de baja",
    "denme de baja",
    "no quiero recibir",
    "non chiamar",
    "non chiamate",
    "non mi chiam",
    "non scriver",
    "non scrivete",
    "non mi scriv",
    "non contatta",
    "non mi contatt",
    "smetti di chiamare",
    "smetti di scrivere",
    "smettetela di",
    "smettila di",
    "smettete di",
    "lasciami in pace",
    "lasciatemi in pace",
    "toglimi dalla lista",
    "toglietemi dalla lista",
    "non voglio ricevere",
    "non voglio piu",
)
# Signs that say it without a word.
_SIGNS = "\N{OCTAGONAL SIGN}\N{NO ENTRY SIGN}\N{NO ENTRY}"
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
_LONGEST_WITH_STOP_WORD = 4


def asks_to_stop(text: str) -> bool:
    """Say whether a reply asks for no further contact. Errs on the side of leaving people alone."""
    words = _plain(text).split()
    if not words:
        return any(sign in text for sign in _SIGNS)
    said = [word for word in words if word not in _COURTESY]
    if "".join(words) in _STOP or (len(said) == 1 and said[0] in _STOP_ALONE):  # also spelled out: S T O P
        return True
    if len(words) <= _LONGEST_WITH_STOP_WORD and any(word in _STOP for word in words):
        return True
    joined = " " + " ".join(words)
    return any(f" {phrase}" in joined for phrase in _PHRASES)


def _plain(text: str) -> str:
    """Return the words in lower case without accents, separated by single characters that are no letters."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    # Cf: characters nobody sees, such as a zero-width space inside a word.
    unheard = (char for char in folded if unicodedata.combining(char) or unicodedata.category(char) == "Cf")
    dropped = {*unheard, *_APOSTROPHES}
    letters = "".join(char for char in folded if char not in dropped)
    return re.sub(r"[^a-z]+", " ", letters)
