"""See which running campaigns have work that is due: a few index probes each, however many targets they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from targets.models import CampaignTarget

# More due targets than this are not counted: nobody could claim them in one pass.
MOST_COUNTED = 200

_DUE = """
SELECT c.organization_id, c.id, o.concurrency_limit, c.priority, lane.channel, lane.rank, due.number, due.oldest,
       (SELECT a.reserved_at FROM targets_attempt a WHERE a.campaign_id = c.id AND a.channel = 'call'
        ORDER BY a.reserved_at DESC LIMIT 1)
FROM campaigns_campaign c
JOIN organizations_organization o ON o.id = c.organization_id AND o.deleted_at IS NULL
CROSS JOIN (SELECT channel, rank FROM unnest(%s::text[]) channel, unnest(%s::int[]) rank) lane
CROSS JOIN LATERAL (
  SELECT count(*) AS number, min(next_attempt_at) AS oldest FROM (
    SELECT t.next_attempt_at FROM targets_campaigntarget t
    WHERE t.campaign_id = c.id AND t.next_channel = lane.channel AND t.queue_rank = lane.rank
      AND t.state = 'ready' AND t.deleted_at IS NULL AND t.next_attempt_at <= %s
    ORDER BY t.next_attempt_at LIMIT %s) AS first) due
WHERE c.status = 'running' AND c.deleted_at IS NULL AND due.number > 0
"""


@dataclass(frozen=True, slots=True)
class Demand:
    """Due targets of one campaign on one channel, of one rank in its queue; at most `MOST_COUNTED` are counted."""

    organization_id: UUID
    campaign_id: UUID
    organization_limit: int
    priority: int
    channel: str
    rank: int
    due: int
    oldest: datetime
    last_claim: datetime | None  # when the campaign last got a line

    @property
    def is_promised(self) -> bool:
        return self.rank == CampaignTarget.QueueRank.PROMISED


def read_demand(at: datetime) -> Sequence[Demand]:
    """Return what is due at `at` in every running campaign: one query."""
    channels, ranks = list(CampaignTarget.Channel), list(CampaignTarget.QueueRank)
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [channels, ranks, at, MOST_COUNTED])
        return [Demand(*row) for row in cursor.fetchall()]
