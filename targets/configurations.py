"""Change a configuration together with what it had put off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from campaigns.models import Configuration
from campaigns.services.configurations import update_configuration
from lib.db.clock import read_clock
from lib.wakeup import wake
from organizations.services import Actor
from targets.lifecycle import TargetState
from targets.models import CampaignTarget

_HOURS = frozenset({"default_timezone", "windows", "overrides", "first_call_windows", "first_call_overrides"})


@transaction.atomic
def change_configuration(
    *, configuration: Configuration, changes: Mapping[str, Any], actor: Actor | None = None
) -> Configuration:
    """Do as `update_configuration`; whoever was put off by hours that are others now is looked at again at once."""
    row = update_configuration(configuration=configuration, changes=changes, actor=actor)
    if changes.keys() & _HOURS:
        waiting = CampaignTarget.objects.filter(campaign__configuration=row, state=TargetState.READY)
        at = read_clock()
        waiting.filter(hold_reason__startswith="hours.", next_attempt_at__gt=at).update(next_attempt_at=at)
        wake("targets.dispatch")
    return row
