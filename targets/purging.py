"""Remove what nobody is to see again: targets, attempts, whole campaigns. The dial ledger survives all of it.

Caps and disputes rest on the ledger; the minimum gap rests on attempts. So an attempt is only removed when it is over
and its address need not be left alone any more.

A purged campaign disappears at once, whatever its size. Its rows leave in batches, first in the request and then by a
task; what is left meanwhile, or for good where its attempts are to be kept, is a nameless shell nobody is shown.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import ActivityEvent, Campaign, Counter, CounterDelta, Stage
from campaigns.services.changes import lock_campaign
from campaigns.services.purging import PURGED_KEEPING_ATTEMPTS, hide_for_good, keep_as_record
from lib.db.clock import AppClock, read_clock
from lib.wakeup import wake
from organizations.services import Actor, record_audit
from targets.exceptions import AttemptsUnderWay
from targets.lifecycle import TargetState
from targets.models import (
    Appointment,
    Attempt,
    AttemptEvent,
    AttemptQuerySet,
    CampaignTarget,
    Conversation,
    InboundMessage,
    OutboxMessage,
    ReviewItem,
    Verification,
)

TASK = "targets.purge_campaigns"
BATCH = 1_000
# Targets removed in the request itself, so that most campaigns are gone when it answers.
_AT_ONCE = 2_000
_BUSY = Q(quiet__endswith__gt=AppClock())


def purge_campaign(*, campaign: Campaign, delete_attempts: bool, actor: Actor | None = None) -> None:
    """Remove a campaign, hidden or not, with its targets for good; its attempts too with `delete_attempts`.

    Without it they stay with their targets as the record of who was contacted. Whoever is being contacted right now
    is removed when that is over. Raises CampaignNotFound.
    """
    with transaction.atomic():
        hide_for_good(campaign=campaign, keeps_attempts=not delete_attempts, actor=actor)
    for _ in range(_AT_ONCE // BATCH):
        if not _purge_batch(campaign.pk):
            return
    wake(TASK)


def drain_purges(*, seconds: float = 20.0) -> None:
    """Go on removing purged campaigns for about this long. Any number of copies may run."""
    stop = time.monotonic() + seconds
    for campaign_id in list(Campaign.all_objects.purged().values_list("pk", flat=True)):
        while time.monotonic() < stop and _purge_batch(campaign_id):
            pass


@transaction.atomic
def remove_attempts(*, campaign: Campaign, actor: Actor | None = None) -> int:
    """Remove all attempts of a hidden campaign with their conversations; return how many.

    Nobody can tell any more how often these people were tried, so this campaign leaves them alone from now on, also
    after it was restored. Raises AttemptsUnderWay, CampaignNotFound.
    """
    row = lock_campaign(campaign, deleted=True)
    attempts = Attempt.objects.filter(campaign=row)
    require_quiet(attempts)
    tried = CampaignTarget.all_objects.filter(Exists(Attempt.objects.filter(target=OuterRef("pk"))), campaign=row)
    tried.exclude(state__in=[TargetState.DONE, TargetState.SUPPRESSED]).update(
        state=TargetState.DONE,
        done_reason=CampaignTarget.DoneReason.CAMPAIGN_ENDED,
        next_attempt_at=None,
        callback_at=None,
        updated_at=read_clock(),
    )
    ids = list(attempts.values_list("pk", flat=True))
    _delete_attempt_rows(ids)
    changes = {"attempts": [len(ids), 0]}
    record_audit(
        organization=row.organization, action="campaign.attempts_removed", subject=row, changes=changes, actor=actor
    )
    return len(ids)


def require_quiet(attempts: AttemptQuerySet) -> None:
    """Raise AttemptsUnderWay where one of the attempts is not over, or its quiet time."""
    if attempts.live().exists() or attempts.filter(_BUSY).exists():
        raise AttemptsUnderWay


def delete_target_rows(target_ids: Sequence[UUID]) -> None:
    """Delete targets and everything that belongs to them. The caller has made sure that nothing is under way."""
    _delete_attempt_rows(list(Attempt.objects.filter(target_id__in=target_ids).values_list("pk", flat=True)))
    for belonging in (Verification, ReviewItem, Appointment):
        _delete(belonging.objects.filter(target_id__in=target_ids))
    InboundMessage.objects.filter(target_id__in=target_ids).update(target=None)
    _delete(OutboxMessage.objects.filter(target_id__in=target_ids))
    _delete(ActivityEvent.objects.filter(target_id__in=target_ids))
    _delete(CampaignTarget.all_objects.filter(pk__in=target_ids))


def _delete_attempt_rows(attempt_ids: Sequence[UUID]) -> None:
    for start in range(0, len(attempt_ids), BATCH):
        some = attempt_ids[start : start + BATCH]
        _delete(Conversation.objects.filter(attempt_id__in=some))
        _delete(ReviewItem.objects.filter(attempt_id__in=some))
        Appointment.objects.filter(attempt_id__in=some).update(attempt=None)
        _delete(AttemptEvent.objects.filter(attempt_id__in=some))
        _delete(Attempt.objects.filter(pk__in=some))


def _delete(rows: QuerySet[Any]) -> None:
    # One DELETE: Django's own would read the rows first to follow what was followed here already.
    rows._raw_delete(rows.db)


@transaction.atomic
def _purge_batch(campaign_id: UUID) -> bool:
    """Remove some targets of a purged campaign, and the campaign after the last; return whether to go on now."""
    campaign = Campaign.all_objects.purged().select_for_update(skip_locked=True).filter(pk=campaign_id).first()
    if campaign is None:
        return False
    targets = CampaignTarget.all_objects.filter(campaign=campaign)
    tried = Attempt.objects.filter(target=OuterRef("pk"))
    keeps_attempts = campaign.paused_reason == PURGED_KEEPING_ATTEMPTS
    if keeps_attempts:
        removable = targets.filter(~Exists(tried))
    else:
        removable = targets.filter(~Exists(tried.live()), ~Exists(tried.filter(_BUSY)))
    ids = list(removable.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH])
    delete_target_rows(ids)
    if len(ids) < BATCH and not targets.exists():
        _delete_campaign_row(campaign)
    elif len(ids) < BATCH and keeps_attempts:
        keep_as_record(campaign)
    return len(ids) == BATCH


def _delete_campaign_row(campaign: Campaign) -> None:
    _delete(Stage.objects.filter(campaign=campaign))
    _delete(ActivityEvent.objects.filter(campaign=campaign))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_importjob SET campaign_id = NULL WHERE campaign_id = %s", [campaign.pk])
    for counts in (Counter, CounterDelta):
        _delete(counts.objects.filter(campaign_id=campaign.pk))
    _delete(Campaign.all_objects.filter(pk=campaign.pk))
