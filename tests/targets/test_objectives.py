"""Whether each objective is met, and all together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.goals import GoalFacts, goal_met, parse_goal_spec
from providers.analysis.contract import Verdict
from targets.objectives import objective_verdicts

CONTACT = {"type": "contact", "channels": ["call"]}
EMAIL = {"type": "email"}
AI = {"type": "ai", "label_in": ["positive"], "min_score": 0.5}
AGREED = GoalFacts(calls_answered=1, ai_label="positive", ai_score=0.9)
HEARD = GoalFacts(calls_answered=1)


@pytest.mark.parametrize(
    ("objectives", "logic", "facts", "said", "overall", "each"),
    [
        ([CONTACT, AI], "all", AGREED, Verdict.MET, "met", ["met", "met"]),
        ([CONTACT, AI], "all", HEARD, Verdict.UNCLEAR, "unclear", ["met", "unclear"]),
        ([CONTACT, AI], "any", HEARD, Verdict.UNCLEAR, "met", ["met", "unclear"]),
        ([EMAIL, AI], "all", HEARD, Verdict.UNCLEAR, "not_met", ["not_met", "unclear"]),
        ([EMAIL, AI], "any", HEARD, Verdict.UNCLEAR, "unclear", ["not_met", "unclear"]),
        ([CONTACT, AI], "all", HEARD, Verdict.NOT_MET, "not_met", ["met", "not_met"]),
        ([], "all", HEARD, Verdict.UNCLEAR, "unclear", []),
    ],
)
def test_verdicts_are_joined_as_far_as_they_are_known(
    objectives: list[dict[str, Any]], logic: str, facts: GoalFacts, said: Verdict, overall: str, each: list[str]
) -> None:
    told = objective_verdicts(parse_goal_spec({"objectives": objectives}), logic, facts, said)
    assert (told["overall"], [one["verdict"] for one in told["objectives"]]) == (overall, each)


facts = st.builds(
    GoalFacts,
    calls_answered=st.integers(0, 3),
    email_sent=st.integers(0, 2),
    ai_label=st.sampled_from(["positive", "negative", "neutral", "unknown"]),
    ai_score=st.one_of(st.none(), st.floats(0, 1)),
)


@given(
    st.lists(st.sampled_from([CONTACT, EMAIL, AI]), min_size=1, max_size=4),
    st.sampled_from(["all", "any"]),
    facts,
    st.sampled_from(Verdict),
)
def test_met_is_exactly_what_the_engine_counts_as_met(
    objectives: list[dict[str, Any]], logic: str, known: GoalFacts, said: Verdict
) -> None:
    spec = parse_goal_spec({"objectives": objectives})
    told = objective_verdicts(spec, logic, known, said)
    assert (told["overall"] == "met") == goal_met(spec, logic, known)
