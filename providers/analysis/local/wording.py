"""Cut what was said into clauses that can be compared with a lexicon and still be quoted letter for letter."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

YES_WITH_ACCENT = "sii"  # "sí" and "sì" mean yes; a bare "si" means "if" or "oneself" as often

_SENTENCE = re.compile(r"[^.!?…;\n]+[.!?…;]*")
_CLAUSE = re.compile(r"[^,:—]+[,:—]*")
_CONTRAST = re.compile(r"\s(?=(?:but|pero|però|ma|anzi)\s)", re.IGNORECASE)
_NOISE = re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>")
_CONTRACTION = re.compile(r"['\u2019](?=(?:t|s|m|re|ll|ve|d)\b)")
_OTHER_MARKS = re.compile(r"[^a-z0-9:]+")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a turn: as it stands there, in plain letters, and whether its sentence asks something."""

    text: str
    plain: str
    is_question: bool


def clauses_of(text: str) -> list[Clause]:
    """Return the clauses of a turn in order. Sounds in brackets, as ``[noise]``, are nobody's words."""
    heard = _NOISE.sub(lambda found: "\n" * len(found.group()), text)
    found = []
    for sentence in _SENTENCE.finditer(heard):
        is_question = "?" in sentence.group()
        for part in _CLAUSE.findall(sentence.group()):
            for clause in _CONTRAST.split(part):
                quoted = clause.strip().rstrip(",:—").strip()
                if plain := plain_words(quoted):
                    found.append(Clause(quoted, plain, is_question))
    return found


def plain_words(text: str) -> str:
    """Return lower-case words without accents or marks, one blank between them; ``don't`` becomes ``dont``."""
    lowered = unicodedata.normalize("NFC", text).casefold()
    lowered = re.sub(r"\bs[íì]\b", YES_WITH_ACCENT, lowered)
    letters = unicodedata.normalize("NFKD", _CONTRACTION.sub("", lowered))
    bare = "".join(char for char in letters if not unicodedata.combining(char))
    return _OTHER_MARKS.sub(" ", bare).strip()
