"""Take people out of a campaign, and bring them back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from lib.db.clock import read_clock
from lib.wakeup import wake
from organizations.services import Actor, record_audit
from targets.attempts import lock_target
from targets.checks import Held
from targets.exceptions import TargetNotFound
from targets.lifecycle import AttemptState
from targets.models import Attempt, CampaignTarget
from targets.optouts import move_on_barred
from targets.purging import delete_target_rows, require_quiet
from targets.submission import release_attempt


@transaction.atomic
def remove_target(*, target: CampaignTarget, actor: Actor | None = None) -> None:
    """Hide a target: nothing more goes out to this person for this campaign. What is under way ends as it does.

    Locks the attempt that is reserved, then the target. Raises TargetNotFound.
    """
    give_back([target.pk])
    row = _locked(target, deleted=False)
    CampaignTarget.all_objects.filter(pk=row.pk).soft_delete(read_clock())
    _audit(row, "target.removed", actor)


@transaction.atomic
def restore_target(*, target: CampaignTarget, actor: Actor | None = None) -> CampaignTarget:
    """Bring a hidden target back as they stood; who may not be contacted by now is suppressed. Returns the fresh row.

    Raises TargetNotFound where it is not hidden.
    """
    row = _locked(target, deleted=True)
    CampaignTarget.all_objects.filter(pk=row.pk).restore()
    move_on_barred([row.pk])
    _audit(row, "target.restored", actor)
    wake("targets.dispatch")
    return lock_target(row.pk)


@transaction.atomic
def purge_target(*, target: CampaignTarget, actor: Actor | None = None) -> None:
    """Remove a target, hidden or not, with their attempts and conversations for good; the dial ledger stays.

    Raises TargetNotFound, AttemptsUnderWay.
    """
    give_back([target.pk])
    row: CampaignTarget | None = CampaignTarget.all_objects.filter(pk=target.pk).select_for_update().first()
    if row is None:
        raise TargetNotFound
    require_quiet(Attempt.objects.filter(target=row))
    _audit(row, "target.purged", actor)
    delete_target_rows([row.pk])


def give_back(target_ids: Iterable[UUID]) -> None:
    """Release attempts that are reserved, so that they hold no line and no address for somebody who is gone."""
    reserved = Attempt.objects.filter(target_id__in=target_ids, state=AttemptState.RESERVED).order_by("target_id")
    for attempt_id in list(reserved.values_list("pk", flat=True)):
        release_attempt(attempt_id, Held("target.deleted", read_clock() + timedelta(minutes=1)))


def _locked(target: CampaignTarget, *, deleted: bool) -> CampaignTarget:
    if not CampaignTarget.all_objects.filter(pk=target.pk).exists():
        raise TargetNotFound
    row = lock_target(target.pk)
    if row.is_deleted != deleted:
        raise TargetNotFound
    return row


def _audit(row: CampaignTarget, action: str, actor: Actor | None) -> None:
    record_audit(organization=row.organization, action=action, subject=row, actor=actor)
