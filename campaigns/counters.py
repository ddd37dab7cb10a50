"""Read and fold the counters that triggers keep of every campaign's targets and attempts.

Writers only append deltas, so that they never wait for each other; a task folds the deltas into one row per counter.
The value in force is always the row plus the deltas left. The names are listed in docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction

Counters = dict[str, int]

# One statement is one snapshot, so a fold that commits meanwhile is seen wholly or not at all.
_READ = """
SELECT campaign_id, name, sum(value)::bigint
FROM (SELECT campaign_id, name, value FROM campaigns_counter WHERE campaign_id = ANY(%(ids)s)
      UNION ALL
      SELECT campaign_id, name, delta FROM campaigns_counterdelta WHERE campaign_id = ANY(%(ids)s)) AS parts
GROUP BY campaign_id, name
HAVING sum(value) <> 0
"""

_READ_BY_ORGANIZATION = """
SELECT campaign.organization_id, part.name, sum(part.value)::bigint
FROM campaigns_campaign AS campaign
JOIN LATERAL (
  SELECT name, value FROM campaigns_counter WHERE campaign_id = campaign.id AND name = ANY(%(names)s)
  UNION ALL
  SELECT name, delta FROM campaigns_counterdelta WHERE campaign_id = campaign.id AND name = ANY(%(names)s)
) AS part ON true
WHERE campaign.organization_id = ANY(%(ids)s) AND campaign.deleted_at IS NULL
GROUP BY 1, 2
"""

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('campaigns.fold_counters'))"

_FOLD = """
WITH taken AS (
  DELETE FROM campaigns_counterdelta
  WHERE id IN (SELECT id FROM campaigns_counterdelta ORDER BY id LIMIT %(batch)s)
  RETURNING campaign_id, name, delta
), folded AS (
  INSERT INTO campaigns_counter AS counter (campaign_id, name, value)
  SELECT campaign_id, name, sum(delta) FROM taken GROUP BY campaign_id, name
  ON CONFLICT (campaign_id, name) DO UPDATE SET value = counter.value + EXCLUDED.value
)
SELECT count(*) FROM taken
"""


def read_counters(campaign_ids: Iterable[UUID]) -> dict[UUID, Counters]:
    """Return the counters of each campaign, in one query. Counters that are zero are left out."""
    ids = list(campaign_ids)
    found: dict[UUID, Counters] = {campaign_id: {} for campaign_id in ids}
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"ids": ids})
        for campaign_id, name, value in cursor:
            found[campaign_id][name] = value
    return found


def read_organization_counters(organization_ids: Iterable[UUID], names: Iterable[str]) -> dict[UUID, Counters]:
    """Return the sums of the counters called `names` over each organization's campaigns that are there: one query."""
    found: dict[UUID, Counters] = {organization_id: {} for organization_id in organization_ids}
    with connection.cursor() as cursor:
        cursor.execute(_READ_BY_ORGANIZATION, {"ids": list(found), "names": list(names)})
        for organization_id, name, value in cursor:
            found[organization_id][name] = value
    return found


@transaction.atomic
def fold_counters(*, batch: int = 20_000) -> int:
    """Fold at most `batch` of the oldest deltas into the counters; return how many.

    Any number of copies may run: only one folds at a time, the others return 0 at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TRY_LOCK)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_FOLD, {"batch": batch})
        taken: int = cursor.fetchone()[0]
    return taken
