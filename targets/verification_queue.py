"""Queue the reading of a target's conversations: decided in a transaction, carried out after it."""

from __future__ import annotations

from lib.db.clock import RealClock
from lib.wakeup import wake
from targets.models import CampaignTarget, OutboxMessage

VERIFY = "verify"


def queue_verification(target: CampaignTarget, *, dedupe: str) -> None:
    """Ask once per `dedupe` that the target's conversations be read against its goal."""
    message = OutboxMessage(
        dedupe=f"{VERIFY}:{dedupe}",
        organization_id=target.organization_id,
        topic=VERIFY,
        target_id=target.pk,
        created_at=RealClock(),
        next_try_at=RealClock(),
    )
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    wake("targets.drain_verifications")
