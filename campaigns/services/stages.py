"""Change the columns of a campaign's board. Taking one away is `targets.board.delete_stage`: people stand in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from campaigns.exceptions import CampaignClosed, DuplicateStage, StageNotFound, TooManyStages
from campaigns.lifecycle import Status
from campaigns.models import Campaign, Stage
from campaigns.services.changes import lock_campaign, record_change
from lib.db.constraints import broken_constraint
from lib.db.validation import check_fields
from lib.errors import InvalidField
from organizations.services import Actor, changes_between

MOST_STAGES = 50
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SETTINGS = ("name", "position", "semantic_type", "color")


@transaction.atomic
def create_stage(
    *,
    campaign: Campaign,
    name: str,
    semantic_type: str,
    key: str = "",
    position: int | None = None,
    color: str | None = None,
    actor: Actor | None = None,
) -> Stage:
    """Add a column; without a `key` one is made of the name, without a `position` it comes last.

    Takes the lock of `lock_campaign`. Raises InvalidField, DuplicateStage, TooManyStages, CampaignClosed.
    """
    row = _open_campaign(campaign)
    taken = list(Stage.objects.filter(campaign=row).values_list("position", flat=True))
    if len(taken) >= MOST_STAGES:
        raise TooManyStages(MOST_STAGES)
    stage = Stage(
        organization_id=row.organization_id,
        campaign=row,
        key=_checked_key(key or slugify(name)[:64] or f"stage-{len(taken) + 1}"),
        name=name.strip(),
        position=max(taken, default=-1) + 1 if position is None else position,
        semantic_type=semantic_type,
        color=color,
    )
    check_fields(stage, exclude=["organization", "campaign"])
    try:
        with transaction.atomic():
            stage.save(force_insert=True)
    except IntegrityError as error:
        if broken_constraint(error) == "stage_key_unique":
            raise DuplicateStage(stage.key) from error
        raise
    record_change(campaign=row, action="stage.created", changes={"stage": [None, stage.key]}, actor=actor)
    return stage


@transaction.atomic
def update_stage(*, stage: Stage, changes: Mapping[str, Any], actor: Actor | None = None) -> Stage:
    """Change name, position, color or (not of a system stage) meaning; the key stays, because targets name it.

    Takes the lock of `lock_campaign`. Raises InvalidField, StageNotFound, CampaignClosed.
    """
    campaign = _open_campaign(stage.campaign)
    row = find_stage(stage)
    before = {field: getattr(row, field) for field in _SETTINGS}
    if row.is_system and changes.get("semantic_type", row.semantic_type) != row.semantic_type:
        raise InvalidField("semantic_type", "a system stage keeps its meaning")
    for field, value in changes.items():
        if field not in _SETTINGS:
            raise TypeError(f"a stage has no field {field} that can be set")
        setattr(row, field, value.strip() if field == "name" else value)
    check_fields(row, exclude=["organization", "campaign"])
    changed = changes_between(before, row)
    if changed:
        row.save(update_fields=[*changed, "updated_at"])
        record_change(campaign=campaign, action="stage.updated", changes={"stage": [row.key, row.key]}, actor=actor)
    return row


def find_stage(stage: Stage) -> Stage:
    """Return the row afresh, locked until the transaction ends. Raises StageNotFound."""
    found: Stage | None = Stage.objects.select_for_update().filter(pk=stage.pk).first()
    if found is None:
        raise StageNotFound
    return found


def _open_campaign(campaign: Campaign) -> Campaign:
    row = lock_campaign(campaign)
    if row.status == Status.CLOSED:
        raise CampaignClosed
    return row


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise InvalidField("key", "write up to 64 lower-case letters, digits, - or _, such as call-back")
    return key
