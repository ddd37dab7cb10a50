"""Which claims survive a look at their evidence."""

from __future__ import annotations

from typing import Any

import pytest

from providers.analysis.checks import checked
from providers.analysis.contract import Analysis, Label, Verdict
from providers.base import Speaker, Turn
from tests.providers.analysis.conversations import TURNS, analysis, finding


def is_taken_back(judged: Analysis) -> bool:
    return (judged.verdict, judged.label, judged.score, judged.quotes) == (Verdict.UNCLEAR, Label.UNKNOWN, 0.0, [])


def quoting(*quotes: tuple[int, str], **changes: Any) -> Analysis:
    return analysis(quotes=[{"turn": turn, "text": text} for turn, text in quotes], **changes)


def test_a_proven_analysis_stands_unchanged() -> None:
    assert checked(analysis(), TURNS) == analysis()


@pytest.mark.parametrize("text", ["yes, MONDAY   at ten", "is perfect.", "Yes, Monday at ten is perfect.", "ten\nis"])
def test_spaces_and_case_do_not_matter(text: str) -> None:
    assert not is_taken_back(checked(quoting((1, text)), TURNS))


@pytest.mark.parametrize(
    ("turn", "text"),
    [
        (0, "Would you like a visit"),  # the agent's words
        (2, "you agreed to buy the house"),
        (3, "Monday at ten is perfect"),  # another turn
        (1, "Monday at eleven is perfect"),
        (1, "Monday ... perfect"),
        (3, "no"),  # inside "know"
        (3, "I kno"),
        (1, ""),
        (1, " \n"),
        (-1, "Call me tomorrow"),
        (4, "Yes"),
        (10**9, "Yes"),
    ],
)
def test_words_the_person_did_not_say_there_prove_nothing(turn: int, text: str) -> None:
    judged = checked(quoting((turn, text)), TURNS)
    assert is_taken_back(judged)
    assert f"turn {turn}" in judged.rationale
    assert "They agreed." in judged.rationale


def test_one_invented_quote_spoils_the_rest() -> None:
    assert is_taken_back(checked(quoting((1, "Monday at ten"), (3, "I will buy it")), TURNS))


@pytest.mark.parametrize(
    "claim",
    [
        {"verdict": "met", "label": "unknown", "score": 0},
        {"verdict": "not_met", "label": "unknown", "score": 0},
        {"verdict": "unclear", "label": "positive", "score": 0},
        {"verdict": "unclear", "label": "neutral", "score": 0},
        {"verdict": "unclear", "label": "unknown", "score": 0.7},
    ],
)
def test_nothing_is_claimed_without_a_quote(claim: dict[str, Any]) -> None:
    assert is_taken_back(checked(quoting(**claim), TURNS))


def test_to_claim_nothing_needs_no_quote() -> None:
    modest = quoting(verdict="unclear", label="unknown", score=0)
    assert checked(modest, TURNS) == modest


@pytest.mark.parametrize("name", ["callback", "follow_up", "escalation"])
def test_a_finding_needs_the_persons_words(name: str) -> None:
    proven = checked(analysis(**{name: finding(True, (3, "Call me tomorrow"))}), TURNS)
    invented = checked(analysis(**{name: finding(True, (2, "you agreed"))}), TURNS)
    assert getattr(proven, name).value is True
    assert getattr(invented, name).value is False
    assert "because" in getattr(invented, name).rationale


def test_an_opt_out_stands_even_unproven() -> None:
    assert checked(analysis(opt_out=finding(True)), TURNS).opt_out.value is True


CALLBACK = finding(True, (3, "Call me tomorrow"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-03-02T17:00:00", "2026-03-02T17:00:00"),
        ("2026-03-02T17:00", "2026-03-02T17:00:00"),
        ("2026-03-02T17:00:00Z", None),
        ("2026-03-02T17:00:00+01:00", None),
        ("tomorrow", None),
        ("2026-02-30T10:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_callback_keeps_only_a_local_time(given: str | None, kept: str | None) -> None:
    judged = checked(analysis(callback=CALLBACK, callback_at=given), TURNS)
    assert judged.callback.value is True
    assert judged.callback_at == kept


def test_no_callback_has_no_time() -> None:
    assert checked(analysis(callback=finding(), callback_at="2026-03-02T17:00:00"), TURNS).callback_at is None


def test_a_script_without_spaces_may_be_quoted_in_part() -> None:
    turns = [Turn(Speaker.PERSON, "\u306f\u3044\u8208\u5473\u304c\u3042\u308a\u307e\u3059")]
    assert not is_taken_back(checked(quoting((0, "\u8208\u5473")), turns))


def test_an_accent_may_be_written_either_way() -> None:
    turns = [Turn(Speaker.PERSON, "S\u00ed, claro")]
    assert not is_taken_back(checked(quoting((0, "si\u0301")), turns))


def test_a_word_may_stand_later_on_its_own() -> None:
    turns = [Turn(Speaker.PERSON, "I know, no")]
    assert not is_taken_back(checked(quoting((0, "no")), turns))
