"""What a change of a campaign means for what is built on campaigns, which must not be imported here.

Targets are judged by their campaign's goal. Whoever changes it (a dialect, the admin, a command) calls one service
here, and must not have to know that.
"""

from __future__ import annotations

from collections.abc import Callable

from campaigns.models import Campaign

_after_goal: list[Callable[[Campaign], object]] = []


def when_goal_changes(consequence: Callable[[Campaign], object]) -> None:
    """Have `consequence` called with the campaign, locked, in the transaction of every change of its goal."""
    if consequence not in _after_goal:
        _after_goal.append(consequence)


def goal_changed(campaign: Campaign) -> None:
    """Carry out what follows from a changed goal."""
    for consequence in _after_goal:
        consequence(campaign)
