"""Read history again with another analyzer, or a newer version of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from campaigns.exceptions import CampaignNotFound
from campaigns.models import Campaign
from campaigns.services.changes import lock_campaign, record_change
from providers.analysis.contract import AnalyzerIdentity, GoalAnalyzer
from providers.base import ProviderError
from targets.gateways import analyzer_for
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget, Verification
from targets.reevaluation import reevaluate_targets
from targets.verification import verify_target

log = structlog.get_logger(__name__)

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come, in targets."""

    total: int
    read: int = 0
    changed: int = 0  # another label than before
    without_verdict: int = 0  # nothing in them to judge
    failed: int = 0  # to be read by the next run

    @property
    def done(self) -> int:
        return self.read + self.without_verdict + self.failed


def reverify_targets(
    *,
    organization_id: UUID,
    campaign_id: UUID | None = None,
    analyzer: GoalAnalyzer | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Progress:
    """Read the conversations of every target again that `analyzer` in its version has not read yet.

    Without `analyzer` the organization's reads. Memory does not grow with their number; each target is a transaction
    of its own, so that a run that was cut off is taken up by the next. Who is in contact or being read now is left
    out. What a person decided stands.
    """
    chosen = analyzer or analyzer_for(organization_id)
    targets = _unread(organization_id, campaign_id, chosen.identity)
    progress = Progress(total=targets.count())
    for target_id, label in _pages(targets):
        progress = _read(progress, target_id, label, chosen)
        if on_progress is not None:
            on_progress(progress)
    return progress


def judge_again(*, organization_id: UUID, campaign_id: UUID | None = None) -> int:
    """Judge everybody by what was read of them, as after a change of the goal; return the number of campaigns.

    Stages move, whoever is won now is not contacted any more, and whoever is not goes on as the policy says. Many
    targets are judged by the task. What a person decided stands.
    """
    campaigns = Campaign.objects.filter(organization_id=organization_id)
    campaigns = campaigns if campaign_id is None else campaigns.filter(pk=campaign_id)
    judged = 0
    for campaign in campaigns.order_by("pk").iterator():
        with suppress(CampaignNotFound), transaction.atomic():
            locked = lock_campaign(campaign)
            record_change(campaign=locked, action="campaign.judged_again", actor=None)
            reevaluate_targets(locked)
            judged += 1
    return judged


def _unread(
    organization_id: UUID, campaign_id: UUID | None, identity: AnalyzerIdentity
) -> QuerySet[CampaignTarget, CampaignTarget]:
    spoken = Attempt.objects.filter(
        target=OuterRef("pk"), state=AttemptState.COMPLETED, conversation__isnull=False, outcome="answered"
    )
    read = Verification.objects.filter(target=OuterRef("pk"), analyzer=identity.name, analyzer_version=identity.version)
    targets = CampaignTarget.objects.for_organization(organization_id).filter(Exists(spoken), ~Exists(read))
    targets = targets.exclude(state__in=[TargetState.CONTACTING, TargetState.VERIFYING])
    return targets if campaign_id is None else targets.filter(campaign_id=campaign_id)


def _pages(targets: QuerySet[CampaignTarget, CampaignTarget]) -> Iterator[tuple[UUID, str]]:
    last: UUID | None = None
    while True:
        rows = targets.filter(pk__gt=last) if last else targets
        page = list(rows.order_by("pk").values_list("pk", "ai_label")[:_PAGE])
        if not page:
            return
        yield from page
        last = page[-1][0]


def _read(progress: Progress, target_id: UUID, label: str, analyzer: GoalAnalyzer) -> Progress:
    try:
        verification = verify_target(target_id=target_id, analyzer=analyzer)
    except ProviderError as error:
        log.warning("reverification.failed", target=str(target_id), permanent=error.permanent)
        return replace(progress, failed=progress.failed + 1)
    if verification is None:
        return replace(progress, without_verdict=progress.without_verdict + 1)
    changed = progress.changed + (verification.label != label)
    return replace(progress, read=progress.read + 1, changed=changed)
