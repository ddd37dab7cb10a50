"""Decide how each imaginary person behaves, the same way over attempts and over runs.

A person is their phone number: the number and the seed choose a `Persona`, and the how-manieth call it is chooses the
`Scene` they play. About three people in ten end up interested, and about six calls in ten are answered by a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Scene(StrEnum):
    """What happens in one call."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    INVALID = "invalid"
    VOICEMAIL = "voicemail"
    SILENT = "silent"
    BOOKS = "books"
    AGREES = "agrees"
    DECLINES = "declines"
    CALLBACK = "callback"
    UNDECIDED = "undecided"
    CONTRADICTS = "contradicts"
    OPTS_OUT = "opts_out"
    HOSTILE = "hostile"
    WRONG_PERSON = "wrong_person"


UNANSWERED = frozenset({Scene.BUSY, Scene.NO_ANSWER, Scene.INVALID})
INTERESTED = frozenset({Scene.BOOKS, Scene.AGREES})


class Reply(StrEnum):
    """What a person writes back to a first message."""

    NOTHING = "nothing"
    INTERESTED = "interested"
    QUESTION = "question"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Persona:
    """One kind of person. `scenes` are played one a call, the last one for ever; `reads` is a chance of 0..1."""

    name: str
    weight: int
    scenes: tuple[Scene, ...]
    reads: float = 0.6
    reply: Reply = Reply.NOTHING
    reply_chance: float = 0.0
    on_whatsapp: bool = True

    def scene(self, call_number: int) -> Scene:
        """Return what happens in this person's call number `call_number`, counted from 1."""
        return self.scenes[min(call_number, len(self.scenes)) - 1]


_KINDS = (
    Persona("books", 9, (Scene.BOOKS,), 0.9, Reply.INTERESTED, 0.6),
    Persona("agrees", 8, (Scene.AGREES,), 0.9, Reply.INTERESTED, 0.5),
    Persona("busy_then_books", 5, (Scene.BUSY, Scene.BOOKS), 0.8, Reply.INTERESTED, 0.4),
    Persona("late_then_agrees", 4, (Scene.NO_ANSWER, Scene.NO_ANSWER, Scene.AGREES), 0.7, Reply.QUESTION, 0.4),
    Persona("voicemail_then_agrees", 2, (Scene.VOICEMAIL, Scene.AGREES), 0.8, Reply.QUESTION, 0.5),
    Persona("callback_then_books", 4, (Scene.CALLBACK, Scene.BOOKS), 0.9, Reply.QUESTION, 0.5),
    Persona("declines", 15, (Scene.DECLINES,)),
    Persona("busy_then_declines", 7, (Scene.BUSY, Scene.DECLINES)),
    Persona("undecided", 11, (Scene.UNDECIDED,), 0.8, Reply.QUESTION, 0.4),
    Persona("opts_out", 5, (Scene.OPTS_OUT,), 0.8, Reply.STOP, 0.8),
    Persona("hostile", 4, (Scene.HOSTILE,), 0.5, Reply.STOP, 0.3),
    Persona("contradicts", 4, (Scene.CONTRADICTS,), 0.8, Reply.INTERESTED, 0.2),
    Persona("wrong_person", 4, (Scene.WRONG_PERSON,), 0.3),
    Persona("silent", 4, (Scene.SILENT,), 0.3),
    Persona("never_answers", 5, (Scene.NO_ANSWER,), 0.2),
    Persona("always_voicemail", 6, (Scene.VOICEMAIL,), 0.5),
    Persona("invalid_number", 3, (Scene.INVALID,), on_whatsapp=False),
)
PERSONAS: Mapping[str, Persona] = {persona.name: persona for persona in _KINDS}
_WEIGHTS = tuple(persona.weight for persona in _KINDS)


def persona_of(number: str, *, seed: int, forced: Mapping[str, str] | None = None) -> Persona:
    """Return the persona of an E.164 number; `forced` maps numbers to persona names. Raises KeyError on a bad name."""
    if forced and number in forced:
        return PERSONAS[forced[number]]
    return Random(f"persona:{seed}:{number}").choices(_KINDS, _WEIGHTS)[0]


_SPANISH = ("+34", "+51", "+52", "+53", "+54", "+56", "+57", "+58", "+502", "+503", "+504", "+505", "+506", "+507")
_SPANISH_TOO = ("+591", "+593", "+595", "+598")


def language_of(number: str, wanted: str = "") -> str:
    """Return ``en``, ``es`` or ``it``: the `wanted` language if spoken here, else the one of the number's country."""
    spoken = wanted.lower()[:2]
    if spoken in ("en", "es", "it"):
        return spoken
    if wanted:
        return "en"
    if number.startswith(_SPANISH + _SPANISH_TOO):
        return "es"
    return "it" if number.startswith("+39") else "en"
