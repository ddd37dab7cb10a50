"""Have one target's conversations read now, because somebody asked for it, and judge it by what was found."""

from __future__ import annotations

from django.db import transaction

from lib.db.clock import read_clock
from organizations.services import Actor, record_audit
from targets.attempts import lock_target
from targets.judgement import recompute_target
from targets.lifecycle import TargetState
from targets.models import CampaignTarget, Verification
from targets.settlement import advance_target
from targets.verification import verify_target


def verify_goal(*, target: CampaignTarget, actor: Actor | None = None) -> CampaignTarget:
    """Read the target's completed calls against its campaign's goal, store the findings and recompute the stage.

    Returns the fresh row. Where nothing can be read, the reason is kept in `ai_reason` and the label stays as it is,
    ``unknown`` at first. Asks the analyzer outside any transaction. Raises ProviderError where it cannot answer now.
    """
    verification = verify_target(target_id=target.pk)
    return _judge(target, verification, actor)


@transaction.atomic
def _judge(target: CampaignTarget, verification: Verification | None, actor: Actor | None) -> CampaignTarget:
    row = lock_target(target.pk)
    at = read_clock()
    recompute_target(row, at=at)
    if verification is not None and row.state == TargetState.READY:
        advance_target(row, at=at)  # what the person said may end the outreach, or promise them a call
    record_audit(
        organization=row.campaign.organization,
        action="target.verified",
        subject=row,
        changes={"verdict": [None, verification.verdict if verification else "none"]},
        actor=actor,
    )
    return row
