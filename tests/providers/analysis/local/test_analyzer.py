"""What the local analyzer makes of conversations, by words alone."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.analysis.checks import checked, unsound_quotes
from providers.analysis.contract import Analysis, AnalysisRequest, Label, Verdict
from providers.analysis.local.analyzer import LocalAnalyzer
from providers.base import Speaker, Turn
from tests.providers.analysis.local import general_wordings, wordings

MONDAY = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001  # local times carry no zone
AGREEMENTS = [*wordings.AGREEMENTS, *general_wordings.AGREEMENTS]
NO_AGREEMENTS = [*wordings.NO_AGREEMENTS, *general_wordings.NO_AGREEMENTS]
SPEAKERS = {"A": Speaker.AGENT, "P": Speaker.PERSON}


def read(*lines: str, language: str = "en") -> Analysis:
    """Return the checked reading of lines as ``P: yes``."""
    turns = [Turn(SPEAKERS[line[0]], line[3:]) for line in lines]
    request = AnalysisRequest("The person agrees to a visit.", turns, language, MONDAY)
    return checked(LocalAnalyzer().analyze(request), turns)


@pytest.mark.parametrize("exchange", AGREEMENTS, ids=lambda exchange: exchange[-1])
def test_an_agreement_is_heard_in_many_words(exchange: tuple[str, ...]) -> None:
    assert read(*exchange[1:], language=exchange[0]).verdict is Verdict.MET


@pytest.mark.parametrize("exchange", NO_AGREEMENTS, ids=lambda exchange: exchange[-1])
def test_words_of_agreement_that_agree_to_nothing_are_none(exchange: tuple[str, ...]) -> None:
    assert read(*exchange[1:], language=exchange[0]).verdict is not Verdict.MET


def test_a_refusal_beats_the_agreement_before_it_and_the_reverse() -> None:
    offer = "A: Shall I book the visit?"
    refused = read(offer, "P: Yes, book it.", "A: It costs fifty.", "P: Then no, forget it.")
    agreed = read(offer, "P: No thanks.", "A: It is free.", "P: Okay then, book it.")
    assert (refused.verdict, refused.quotes[0].turn) == (Verdict.NOT_MET, 3)
    assert (agreed.verdict, agreed.quotes[0].turn) == (Verdict.MET, 3)


def test_the_agents_words_are_never_evidence() -> None:
    judged = read(
        "A: So you agree, great, I booked it. Yes, book it!", "P: Who is calling, please?", "A: You said yes."
    )
    assert (judged.verdict, judged.label, judged.quotes) == (Verdict.UNCLEAR, Label.UNKNOWN, [])


def test_to_and_fro_is_unclear() -> None:
    judged = read("A: Shall I book it?", "P: Yes, book it.", "A: Sure?", "P: No, forget it.", "A: No?", "P: Book it.")
    assert judged.verdict is Verdict.UNCLEAR


def test_an_opt_out_is_found_and_quoted() -> None:
    judged = read("A: Hello!", "P: Stop calling me. Take me off your list.")
    assert (judged.verdict, judged.label, judged.opt_out.value) == (Verdict.NOT_MET, Label.NEGATIVE, True)
    assert judged.opt_out.quotes[0].text == "Stop calling me."


def test_a_time_named_only_when_asked_is_found() -> None:
    judged = read("A: Do you have time?", "P: Call me tomorrow.", "A: When?", "P: At five.")
    assert (judged.verdict, judged.callback.value) == (Verdict.UNCLEAR, True)
    assert judged.callback_at == "2026-03-03T17:00:00"


def test_another_language_is_not_guessed_at() -> None:
    judged = read("A: Darf ich Sie eintragen?", "P: Jawohl, machen wir so.", language="de")
    assert (judged.verdict, judged.label) == (Verdict.UNCLEAR, Label.UNKNOWN)


def test_anger_asks_for_a_human() -> None:
    judged = read("A: Hello!", "P: This is harassment, I want your manager.")
    assert (judged.escalation.value, judged.sentiment) == (True, Label.NEGATIVE)


spoken = st.sampled_from(
    ["Yes, book it", "no", "sí, claro", "mañana a las 5", "forget it", "domani", "stop", "[noise]"]
)
turns = st.lists(
    st.builds(Turn, st.sampled_from(Speaker), st.one_of(st.text(), spoken, st.lists(spoken).map(", ".join))), max_size=8
)


@given(turns, st.sampled_from(["", "en", "es", "it", "de", "\u00df"]))
def test_whatever_is_said_every_quote_is_the_persons_and_the_reading_repeats(said: list[Turn], language: str) -> None:
    request = AnalysisRequest("goal", said, language, MONDAY)
    judged = LocalAnalyzer().analyze(request)
    findings = (judged.callback, judged.follow_up, judged.escalation, judged.opt_out)
    quotes = [*judged.quotes, *(quote for finding in findings for quote in finding.quotes)]
    assert unsound_quotes(quotes, said) == []
    assert checked(judged, said) == judged == LocalAnalyzer().analyze(request)
