"""Tell, before anything is asked of a model, where a conversation cannot hold a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from providers.analysis.contract import Analysis, Finding, Label, Verdict
from providers.base import CallOutcome, Speaker, Turn

_FEWEST_WORDS = 2
_FEWEST_LETTERS = 8  # of a language written without spaces


class NoVerdict(StrEnum):
    """Why there is nothing to judge."""

    VOICEMAIL = "voicemail"
    NOBODY_SPOKE = "nobody_spoke"
    TOO_LITTLE_SPEECH = "too_little_speech"  # a greeting at most


# What machines say in the languages we speak, in words that people who answer do not use.
_GREETING = re.compile(
    r"(?:after|following) the (?:tone|beep)|voice ?mail|mailbox|reached the (?:mailbox|voice)"
    r"|(?:person|number|customer) (?:that )?you (?:are calling|have dialled|have dialed|called) is"
    r"|(?:despu[eé]s de(?:l| la)?|tras|al o[ií]r) (?:el |la )?(?:tono|se[ñn]al|pitido)|buz[oó]n de voz|contestador"
    r"|apagado o fuera de cobertura|(?:tel[eé]fono|n[uú]mero) al que (?:llama|ha llamado)"
    r"|dopo il (?:bip|segnale|tono)|segreteria telefonica|(?:cliente|utente) da lei (?:chiamat|selezionat)o"
    r"|momentaneamente non raggiungibile",
    re.IGNORECASE,
)
_WORDS_BESIDE_A_MACHINE = 2  # more of them, and a person seems to have taken the call after all

_SENTENCES = {
    NoVerdict.VOICEMAIL: "A machine answered the call.",
    NoVerdict.NOBODY_SPOKE: "The person said nothing.",
    NoVerdict.TOO_LITTLE_SPEECH: "The person said no more than a greeting.",
}


def gate(turns: Sequence[Turn], outcome: CallOutcome | None) -> NoVerdict | None:
    """Return why these turns cannot hold a verdict, None where they may. `outcome` is how the call ended."""
    if outcome is CallOutcome.VOICEMAIL:
        return NoVerdict.VOICEMAIL  # the recorded greeting was transcribed as the person's words
    if _is_machine(turns):
        return NoVerdict.VOICEMAIL  # not noticed by the provider
    said = " ".join(turn.text for turn in turns if turn.speaker is Speaker.PERSON)
    letters = sum(character.isalnum() for character in said)
    if not letters:
        return NoVerdict.NOBODY_SPOKE
    words = [word for word in said.split() if any(character.isalnum() for character in word)]
    if len(words) < _FEWEST_WORDS and letters < _FEWEST_LETTERS:
        return NoVerdict.TOO_LITTLE_SPEECH
    return None


def _is_machine(turns: Sequence[Turn]) -> bool:
    theirs = [turn.text for turn in turns if turn.speaker is Speaker.PERSON]
    others = [text for text in theirs if not _GREETING.search(text)]
    return len(others) < len(theirs) and sum(len(text.split()) for text in others) <= _WORDS_BESIDE_A_MACHINE


def no_analysis(reason: NoVerdict) -> Analysis:
    """Return the analysis of a conversation stopped by `gate`: nothing is known."""
    sentence = _SENTENCES[reason]
    nothing = Finding(value=False, rationale=sentence, quotes=[])
    return Analysis(
        verdict=Verdict.UNCLEAR,
        label=Label.UNKNOWN,
        score=0.0,
        rationale=sentence,
        quotes=[],
        sentiment=Label.UNKNOWN,
        sentiment_rationale=sentence,
        summary="",
        summary_title="",
        callback=nothing,
        callback_at=None,
        follow_up=nothing,
        escalation=nothing,
        opt_out=nothing,
        next_best_action="",
    )
