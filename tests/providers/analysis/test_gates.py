"""Which conversations cannot hold a verdict."""

from __future__ import annotations

import pytest

from providers.analysis.contract import Label, Verdict
from providers.analysis.gates import NoVerdict, gate, no_analysis
from providers.base import CallOutcome, Speaker, Turn
from tests.providers.analysis.conversations import TURNS


def said(*words: str) -> list[Turn]:
    return [Turn(Speaker.AGENT, "Good morning, would you like a visit?"), *(Turn(Speaker.PERSON, one) for one in words)]


def test_a_conversation_may_be_judged() -> None:
    assert gate(TURNS, CallOutcome.ANSWERED) is None


def test_a_machines_words_are_not_the_persons() -> None:
    assert gate(TURNS, CallOutcome.VOICEMAIL) is NoVerdict.VOICEMAIL


@pytest.mark.parametrize("turns", [[], said(), said("..."), said("", " ")])
def test_a_silent_person_cannot_be_judged(turns: list[Turn]) -> None:
    assert gate(turns, CallOutcome.ANSWERED) is NoVerdict.NOBODY_SPOKE


@pytest.mark.parametrize("word", ["Hello?", "Diga", "... hola ...", "\u3082\u3057\u3082\u3057"])
def test_a_greeting_is_too_little(word: str) -> None:
    assert gate(said(word), None) is NoVerdict.TOO_LITTLE_SPEECH


@pytest.mark.parametrize(
    "words",
    [
        ["Hello?", "Yes."],
        ["No, thanks"],
        ["\u306f\u3044\u3001\u3068\u3066\u3082\u8208\u5473\u304c\u3042\u308a\u307e\u3059"],
    ],
)
def test_an_answer_is_enough_in_any_script(words: list[str]) -> None:
    assert gate(said(*words), CallOutcome.ANSWERED) is None


@pytest.mark.parametrize("reason", NoVerdict)
def test_every_gate_has_an_analysis_that_claims_nothing(reason: NoVerdict) -> None:
    empty = no_analysis(reason)
    assert (empty.verdict, empty.label, empty.score) == (Verdict.UNCLEAR, Label.UNKNOWN, 0.0)
    assert empty.rationale
    assert not (empty.callback.value or empty.follow_up.value or empty.escalation.value or empty.opt_out.value)
