"""Say of every objective of a campaign, and of all together, whether it is met, not met, or nobody can tell."""

from __future__ import annotations

from typing import Any

from campaigns.goals import AiObjective, GoalFacts, GoalSpec, goal_met
from providers.analysis.contract import Verdict


def objective_verdicts(spec: GoalSpec, logic: str, facts: GoalFacts, said: Verdict) -> dict[str, Any]:
    """Return ``{"overall": verdict, "objectives": [{"type", "verdict"}]}``; `said` is the analyzer's verdict.

    What is counted is met or not, so far. What was to be heard from the person is unclear where the analyzer says so.
    Met is always what `campaigns.goals.goal_met` says of the same facts. Without objectives the analyzer's verdict is
    the whole answer.
    """
    verdicts = [_verdict(spec, index, facts, said) for index in range(len(spec.objectives))]
    each = [
        {"type": objective.type, "verdict": verdict.value}
        for objective, verdict in zip(spec.objectives, verdicts, strict=True)
    ]
    return {"overall": (_joined(verdicts, logic) if verdicts else said).value, "objectives": each}


def _verdict(spec: GoalSpec, index: int, facts: GoalFacts, said: Verdict) -> Verdict:
    objective = spec.objectives[index]
    if goal_met(GoalSpec(objectives=[objective]), "all", facts):
        return Verdict.MET
    is_open = isinstance(objective, AiObjective) and said is Verdict.UNCLEAR
    return Verdict.UNCLEAR if is_open else Verdict.NOT_MET


def _joined(verdicts: list[Verdict], logic: str) -> Verdict:
    """Join as ``all`` or ``any`` do where some answers are not known: one may settle it whatever the others are."""
    settles = Verdict.NOT_MET if logic == "all" else Verdict.MET
    if settles in verdicts:
        return settles
    if Verdict.UNCLEAR in verdicts:
        return Verdict.UNCLEAR
    return Verdict.MET if logic == "all" else Verdict.NOT_MET
