"""Queue what an opt-out cannot move on in its own transaction; `targets.optout_pass` carries it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from lib.db.clock import RealClock
from lib.ids import new_id
from lib.wakeup import wake
from targets.models import CampaignTarget, OutboxMessage

OPT_OUT = "optout"
TASK = "targets.apply_suppressions"

_IDS_IN_A_MESSAGE = 500


def queue_targets(target_ids: Sequence[UUID]) -> None:
    """Ask that these targets be looked at again: somebody else has them locked, or they are too many for now."""
    if not target_ids:
        return
    by_organization: defaultdict[UUID, list[UUID]] = defaultdict(list)
    owned = CampaignTarget.all_objects.filter(pk__in=target_ids).values_list("organization_id", "pk")
    for organization_id, target_id in owned.order_by("pk"):
        by_organization[organization_id].append(target_id)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            organization_id=organization_id,
            topic=OPT_OUT,
            dedupe=f"{OPT_OUT}-targets:{new_id()}",
            body={"targets": [str(target_id) for target_id in some]},
            created_at=RealClock(),
            next_try_at=RealClock(),
        )
        for organization_id, ids in by_organization.items()
        for some in _parts(ids)
    )
    wake(TASK)


def _parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), _IDS_IN_A_MESSAGE):
        yield ids[start : start + _IDS_IN_A_MESSAGE]
