"""Say in which stage a target stands: a pure rule over what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.models import Stage

Semantic = Stage.Semantic


def stage_for(stages: Sequence[Stage], *, current: str, goal_met: bool, contacted: bool, is_over: bool) -> str:
    """Return the key of the stage a target belongs in; `current` where the campaign has no stage of that meaning.

    `stages` are the campaign's, by position. Goal met: the first won stage. Over without it: the first lost stage.
    Contacted: an active stage, the present one if it is one. Otherwise: the first new stage.
    """
    if goal_met:
        return _first(stages, Semantic.WON, current)
    if is_over:
        return _first(stages, Semantic.LOST, current)
    if contacted:
        active = {stage.key for stage in stages if stage.semantic_type == Semantic.ACTIVE}
        return current if current in active else _first(stages, Semantic.ACTIVE, current)
    return _first(stages, Semantic.NEW, current)


def _first(stages: Sequence[Stage], semantic: str, otherwise: str) -> str:
    return next((stage.key for stage in stages if stage.semantic_type == semantic), otherwise)
