"""Tell, before anything is asked of a model, where a conversation cannot hold a verdict."""

from __future__ import annotations

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


_SENTENCES = {
    NoVerdict.VOICEMAIL: "A machine answered the call.",
    NoVerdict.NOBODY_SPOKE: "The person said nothing.",
    NoVerdict.TOO_LITTLE_SPEECH: "The person said no more than a greeting.",
}


def gate(turns: Sequence[Turn], outcome: CallOutcome | None) -> NoVerdict | None:
    """Return why these turns cannot hold a verdict, None where they may. `outcome` is how the call ended."""
    if outcome is CallOutcome.VOICEMAIL:
        return NoVerdict.VOICEMAIL  # the recorded greeting was transcribed as the person's words
    said = " ".join(turn.text for turn in turns if turn.speaker is Speaker.PERSON)
    letters = sum(character.isalnum() for character in said)
    if not letters:
        return NoVerdict.NOBODY_SPOKE
    words = [word for word in said.split() if any(character.isalnum() for character in word)]
    if len(words) < _FEWEST_WORDS and letters < _FEWEST_LETTERS:
        return NoVerdict.TOO_LITTLE_SPEECH
    return None


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
