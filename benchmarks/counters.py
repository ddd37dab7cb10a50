"""A campaign's numbers cost the same for any size, and keeping them slows writers down but little."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from benchmarks.measuring import Ratio, interleaved
from benchmarks.people import enrol_people, new_campaign, new_organization
from campaigns.counters import fold_counters, read_counters
from campaigns.metrics import CampaignMetrics
from targets.models import CampaignTarget

_READS = 50
_WRITES = 300


def run(size: int) -> list[Ratio]:
    """Compare the metrics of a campaign of `size` with an aggregate over it, and with those of a hundredth."""
    small, large = new_campaign(new_organization(limit=1)), new_campaign(new_organization(limit=1))
    enrol_people(small, max(size // 100, 10))
    enrol_people(large, size)
    while fold_counters():
        pass
    of_small, of_large = interleaved(5, lambda: _metrics(small.pk), lambda: _metrics(large.pk))
    aggregate, _ = interleaved(3, lambda: _aggregate(large.pk), lambda: _metrics(large.pk))
    with_counters, without = interleaved(5, lambda: _write(large.pk, True), lambda: _write(large.pk, False))
    return [
        Ratio(f"an aggregate over {size:,} targets / the metrics", aggregate / (of_large / _READS), 100, at_least=True,
              figures=f"{aggregate * 1000:.0f} ms / {of_large / _READS * 1000:.2f} ms"),
        Ratio(f"metrics of {size:,} targets / of {max(size // 100, 10):,}", of_large / of_small, 1.2),
        Ratio("writes a second with counters / without, one writer", without / with_counters, 0.8, at_least=True),
    ]  # fmt: skip


def _metrics(campaign_id: UUID) -> None:
    for _ in range(_READS):
        CampaignMetrics.of(
            read_counters([campaign_id])[campaign_id], next_call_at=None, appointments_booked=0, appointments_upcoming=0
        )


def _aggregate(campaign_id: UUID) -> None:
    labels = {f"label_{label}": Count("pk", filter=Q(ai_label=label)) for label in CampaignTarget.Label.values}
    targets = CampaignTarget.objects.filter(campaign_id=campaign_id)
    targets.aggregate(
        total=Count("pk"),
        reached=Count("pk", filter=Q(last_contacted_at__isnull=False)),
        met=Count("pk", filter=Q(goal_met_at__isnull=False)),
        **labels,
    )


def _write(campaign_id: UUID, counted: bool) -> None:
    """Change a column the counters follow, of 300 targets one by one, with and without the counters' trigger."""
    ids = list(CampaignTarget.objects.filter(campaign_id=campaign_id).values_list("pk", flat=True)[:_WRITES])
    table = "targets_campaigntarget"
    with connection.cursor() as cursor:
        if not counted:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_count_update")
        for label in ("positive", ""):
            for target_id in ids:
                cursor.execute(f"UPDATE {table} SET ai_label = %s WHERE id = %s", [label, target_id])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_count_update")
