"""How analyzers are measured, and what the local one has to reach on the shipped set."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from providers.analysis.contract import Analysis, AnalysisRequest, AnalyzerIdentity
from providers.analysis.evaluation import Judged, figures, judge
from providers.analysis.labelled import LabelledConversation, read_labelled
from providers.analysis.local.analyzer import LocalAnalyzer
from providers.base import ProviderError
from tests.providers.analysis.conversations import analysis

SHIPPED = Path(__file__).resolve().parents[3] / "samples" / "conversations.jsonl"
MUST_NEVER_BE_MET = {"silent", "voicemail", "refusal", "refusal_after_acceptance", "opt_out", "agent_only"}


@pytest.fixture(scope="module")
def conversations() -> list[LabelledConversation]:
    with SHIPPED.open(encoding="utf-8") as lines:
        return list(read_labelled(lines))


@pytest.fixture(scope="module")
def judged(conversations: list[LabelledConversation]) -> list[Judged]:
    analyzer = LocalAnalyzer()
    return [judge(conversation, analyzer) for conversation in conversations]


def test_the_shipped_set_is_large_and_balanced(conversations: list[LabelledConversation]) -> None:
    languages = Counter(one.language for one in conversations)
    assert len(conversations) >= 200
    assert set(languages) == {"en", "es", "it"}
    assert max(languages.values()) - min(languages.values()) <= 10
    assert len({one.klass for one in conversations}) >= 14
    assert sum(one.held_out for one in conversations) >= 60


@pytest.mark.parametrize("language", ["en", "es", "it"])
@pytest.mark.parametrize("held_out", [False, True])
def test_met_is_right_nine_times_in_ten_in_every_language(judged: list[Judged], language: str, held_out: bool) -> None:
    part = [j for j in judged if j.conversation.language == language and j.conversation.held_out == held_out]
    told = figures(part)
    assert told["precision_met"] >= 0.9
    assert told["recall_met"] >= (0.5 if held_out else 0.9)
    assert told["fabricated_quote_rate"] == 0


def test_silent_voicemail_and_refusal_calls_are_never_met(judged: list[Judged]) -> None:
    told = figures([one for one in judged if one.conversation.klass in MUST_NEVER_BE_MET])
    assert told["conversations"] >= 60
    assert told["false_met_rate"] <= 0.01


class Scripted:
    """Answers what it was told to, whatever was said."""

    identity = AnalyzerIdentity("scripted", "1")

    def __init__(self, answer: Analysis | None) -> None:
        self.answer = answer

    def analyze(self, request: AnalysisRequest) -> Analysis:
        if self.answer is None:
            raise ProviderError("down")
        return self.answer


def test_invented_quotes_are_counted_and_claim_nothing(conversations: list[LabelledConversation]) -> None:
    agreed = next(one for one in conversations if one.klass == "agreed")
    told = judge(agreed, Scripted(analysis(quotes=[{"turn": 1, "text": "I never said this at all"}])))
    assert (told.verdict, told.quotes, told.fabricated) == ("unclear", 1, 1)
    assert figures([told])["fabricated_quote_rate"] == 1


def test_a_call_that_fails_is_no_verdict(conversations: list[LabelledConversation]) -> None:
    agreed = next(one for one in conversations if one.klass == "agreed")
    told = judge(agreed, Scripted(None))
    assert (told.verdict, told.failed, told.is_right) == ("none", True, False)
    assert figures([told])["recall_met"] == 0


def test_figures_count_what_they_say(conversations: list[LabelledConversation]) -> None:
    agreed = next(one for one in conversations if one.klass == "agreed")
    refused = next(one for one in conversations if one.klass == "refusal")
    told = figures(
        [Judged(agreed, "met"), Judged(agreed, "unclear"), Judged(refused, "met"), Judged(refused, "not_met")]
    )
    assert (told["precision_met"], told["recall_met"], told["f1_met"]) == (0.5, 0.5, 0.5)
    assert (told["false_met"], told["false_met_rate"], told["unclear_rate"]) == (1, 0.5, 0.25)
