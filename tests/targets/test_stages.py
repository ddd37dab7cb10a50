from campaigns.models import Stage
from targets.stages import stage_for

STAGES = [
    Stage(key="new", semantic_type="new"),
    Stage(key="active", semantic_type="active"),
    Stage(key="talking", semantic_type="active"),
    Stage(key="won", semantic_type="won"),
    Stage(key="lost", semantic_type="lost"),
]


def stage(current: str = "new", *, goal_met: bool = False, contacted: bool = False, is_over: bool = False) -> str:
    return stage_for(STAGES, current=current, goal_met=goal_met, contacted=contacted, is_over=is_over)


def test_a_met_goal_is_won_even_when_it_is_over() -> None:
    assert stage(goal_met=True, contacted=True, is_over=True) == "won"


def test_over_without_the_goal_is_lost() -> None:
    assert stage("talking", contacted=True, is_over=True) == "lost"


def test_contact_makes_it_active() -> None:
    assert stage("new", contacted=True) == "active"


def test_a_contacted_target_stays_in_the_active_stage_it_is_in() -> None:
    assert stage("talking", contacted=True) == "talking"


def test_without_contact_it_is_new_again() -> None:
    assert stage("lost") == "new"


def test_a_campaign_without_such_a_stage_leaves_the_target_where_it_is() -> None:
    only_new = [Stage(key="new", semantic_type="new")]
    assert stage_for(only_new, current="x", goal_met=True, contacted=True, is_over=True) == "x"
