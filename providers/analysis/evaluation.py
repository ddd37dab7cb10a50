"""Measure an analyzer by labelled conversations, through the same gates and checks that verdicts go through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.analysis.checks import checked, unsound_quotes
from providers.analysis.contract import Analysis, AnalysisRequest, GoalAnalyzer, Quote, Verdict
from providers.analysis.gates import gate
from providers.analysis.labelled import LabelledConversation
from providers.base import ProviderError

NO_VERDICT = "none"


@dataclass(frozen=True, slots=True)
class Judged:
    """One conversation and what became of it. `verdict` is ``none`` where a gate stopped it or no answer came."""

    conversation: LabelledConversation
    verdict: str
    label: str = "unknown"
    opt_out: bool = False
    callback_at: str | None = None
    quotes: int = 0
    fabricated: int = 0
    failed: bool = False
    rationale: str = ""

    @property
    def is_right(self) -> bool:
        """Say whether the verdict is the expected one. To say "unclear" where there is nothing to judge is right."""
        wanted = self.conversation.expected.verdict
        return self.verdict == wanted or (wanted == NO_VERDICT and self.verdict == Verdict.UNCLEAR)


def judge(conversation: LabelledConversation, analyzer: GoalAnalyzer) -> Judged:
    """Send one conversation through gates, analyzer and checks."""
    turns = conversation.spoken()
    stopped = gate(turns, conversation.outcome)
    if stopped is not None:
        return Judged(conversation, NO_VERDICT, rationale=stopped)
    request = AnalysisRequest(conversation.goal, turns, conversation.language, conversation.called_at)
    try:
        raw = analyzer.analyze(request)
    except ProviderError as error:
        return Judged(conversation, NO_VERDICT, failed=True, rationale=str(error))
    analysis, quotes = checked(raw, turns), _quotes(raw)
    return Judged(
        conversation,
        analysis.verdict,
        label=analysis.label,
        opt_out=analysis.opt_out.value,
        callback_at=analysis.callback_at,
        quotes=len(quotes),
        fabricated=len(unsound_quotes(quotes, turns)),
        rationale=analysis.rationale,
    )


def _quotes(analysis: Analysis) -> list[Quote]:
    findings = (analysis.callback, analysis.follow_up, analysis.escalation, analysis.opt_out)
    return [*analysis.quotes, *(quote for finding in findings for quote in finding.quotes)]


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures of `judged` as shares from 0 to 1; None where there is nothing to count."""
    met = Verdict.MET.value
    claimed = [one for one in judged if one.verdict == met]
    wanted = [one for one in judged if one.conversation.expected.verdict == met]
    true = sum(one in wanted for one in claimed)
    precision, recall = _share(true, len(claimed)), _share(true, len(wanted))
    promised = [one for one in judged if one.conversation.expected.callback_at]
    opted_out = [one for one in judged if one.conversation.expected.opt_out]
    return {
        "conversations": len(judged),
        "right": _share(sum(one.is_right for one in judged), len(judged)),
        "precision_met": precision,
        "recall_met": recall,
        "f1_met": _f1(precision, recall),
        "false_met": len(claimed) - true,
        "false_met_rate": _share(len(claimed) - true, len(judged) - len(wanted)),
        "fabricated_quote_rate": _share(sum(one.fabricated for one in judged), sum(one.quotes for one in judged)),
        "unclear_rate": _share(sum(one.verdict in (Verdict.UNCLEAR, NO_VERDICT) for one in judged), len(judged)),
        "callback_time_right": _share(sum(map(_promise_kept, promised)), len(promised)),
        "opt_out_found": _share(sum(one.opt_out for one in opted_out), len(opted_out)),
        "failed": sum(one.failed for one in judged),
    }


def _promise_kept(one: Judged) -> bool:
    wanted = one.conversation.expected.callback_at
    return wanted is not None and one.callback_at == wanted.isoformat(timespec="seconds")


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None or not precision + recall:
        return None
    return round(2 * precision * recall / (precision + recall), 4)


def grouped(judged: Iterable[Judged], by: Callable[[Judged], str]) -> dict[str, dict[str, Any]]:
    """Return the figures of every group, by its name in order."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(by(one), []).append(one)
    return {name: figures(groups[name]) for name in sorted(groups)}


def report(judged: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures over all, by language, by class and by part, held-out conversations apart."""
    return {
        "all": figures(judged),
        "parts": grouped(judged, lambda one: "held out" if one.conversation.held_out else "tuned on"),
        "languages": grouped(judged, lambda one: one.conversation.language),
        "classes": grouped(judged, lambda one: one.conversation.klass),
        "held_out_languages": grouped(
            (one for one in judged if one.conversation.held_out), lambda one: one.conversation.language
        ),
        "held_out_classes": grouped(
            (one for one in judged if one.conversation.held_out), lambda one: one.conversation.klass
        ),
    }
