from collections.abc import Mapping, Sequence

import pytest

from campaigns.goals import GoalFacts, InvalidGoal, goal_met, parse_goal_spec

AI: dict[str, object] = {"type": "ai", "label_in": ["positive"], "min_score": 0.6}


def met(objectives: Sequence[Mapping[str, object]], logic: str = "all", **facts: object) -> bool:
    return goal_met(parse_goal_spec({"objectives": objectives}), logic, GoalFacts(**facts))  # type: ignore[arg-type]  # test data


def test_no_objectives_are_never_met() -> None:
    assert not met([], calls_answered=5, ai_label="positive", ai_score=1.0)


def test_contact_counts_calls_and_messages_over_any_channel() -> None:
    assert met([{"type": "contact", "min_count": 2}], calls_answered=1, whatsapp_sent=1)
    assert not met([{"type": "contact", "min_count": 2}], calls_answered=1)


def test_contact_counts_only_the_channels_listed() -> None:
    objective = {"type": "contact", "channels": ["whatsapp"]}
    assert not met([objective], calls_answered=9)
    assert met([objective], whatsapp_sent=1)


def test_a_channel_listed_twice_counts_once() -> None:
    assert not met([{"type": "contact", "channels": ["call", "call"], "min_count": 2}], calls_answered=1)


def test_email_counts_messages_sent() -> None:
    assert met([{"type": "email"}], email_sent=1)
    assert not met([{"type": "email"}])


@pytest.mark.parametrize(
    ("label", "score", "expected"),
    [("positive", 0.6, True), ("positive", 0.59, False), ("neutral", 1.0, False), ("positive", None, False)],
)
def test_ai_needs_the_label_and_the_score(label: str, score: float | None, expected: bool) -> None:
    assert met([AI], ai_label=label, ai_score=score) is expected


def test_no_labels_mean_positive() -> None:
    assert met([{"type": "ai"}], ai_label="positive", ai_score=0.0)
    assert not met([{"type": "ai", "label_in": []}], ai_label="unknown", ai_score=1.0)


def test_all_and_any_join_objectives() -> None:
    objectives: list[Mapping[str, object]] = [{"type": "contact"}, AI]
    assert not met(objectives, "all", calls_answered=1)
    assert met(objectives, "any", calls_answered=1)


def test_an_objective_without_a_type_is_read_by_its_fields() -> None:
    spec = parse_goal_spec({"objectives": [{}, {"min_score": 0.5}]})
    assert [objective.type for objective in spec.objectives] == ["contact", "ai"]
    assert spec.needs_analysis


@pytest.mark.parametrize(
    "data",
    [
        {"objectives": [{"type": "sms"}]},
        {"objectives": [{"type": "ai", "min_score": 1.5}]},
        {"objectives": [{"type": "contact", "min_count": 0}]},
        {"objectives": [{"type": "contact", "channels": ["pigeon"]}]},
        {"objectives": "all of them"},
        {"objectives": [7]},
        {"goal": "x"},
        {"objectives": [{"type": "contact"}] * 21},
    ],
)
def test_what_is_no_goal_is_refused_with_the_place(data: dict[str, object]) -> None:
    with pytest.raises(InvalidGoal) as refused:
        parse_goal_spec(data)
    assert all(error["loc"] and error["msg"] for error in refused.value.errors)
