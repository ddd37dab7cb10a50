"""A claim costs the same however many targets wait, and much less in a batch than alone."""

from __future__ import annotations

from django.db import connection, transaction

from benchmarks.measuring import Ratio, interleaved
from benchmarks.people import enrol_people, new_campaign, new_organization
from campaigns.models import Campaign
from campaigns.services.lifecycle import start_campaign
from organizations.models import Organization
from targets.claims import claim_due_work

BATCH = 100


class _Undone(Exception):
    """Take back what a round has claimed, so that every round finds the same."""


def run(size: int) -> list[Ratio]:
    """Compare claims among `size` targets with claims among a hundredth of them."""
    few, many = (_waiting(targets) for targets in (max(size // 100, BATCH * 2), size))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    batch_of_few, batch_of_many = interleaved(9, lambda: _claims(few, BATCH, 1), lambda: _claims(many, BATCH, 1))
    one_by_one, in_a_batch = interleaved(5, lambda: _claims(many, 1, BATCH), lambda: _claims(many, BATCH, 1))
    per_claim = f"{batch_of_few / BATCH * 1000:.2f} ms → {batch_of_many / BATCH * 1000:.2f} ms a claim"
    return [
        Ratio(f"a claim among {size:,} targets / among {max(size // 100, BATCH * 2):,}",
              batch_of_many / batch_of_few, 1.2, figures=per_claim),
        Ratio(f"{BATCH} single claims / a batch of {BATCH}", one_by_one / in_a_batch, 20, at_least=True),
    ]  # fmt: skip


def _waiting(targets: int) -> Campaign:
    campaign = new_campaign(new_organization(limit=BATCH))
    enrol_people(campaign, targets)
    return campaign


def _claims(campaign: Campaign, lines: int, times: int) -> None:
    """Claim so many lines so many times, with this campaign alone running, and take it all back."""
    try:
        with transaction.atomic():
            start_campaign(campaign=campaign, require_ready=False)
            for taken in range(times):
                Organization.objects.filter(pk=campaign.organization_id).update(concurrency_limit=lines * (taken + 1))
                if len(claim_due_work(worker="benchmark")) != lines:
                    raise RuntimeError("a claim did not get its lines")
            raise _Undone
    except _Undone:
        return
