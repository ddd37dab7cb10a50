"""Send a reserved attempt: decide under locks, commit the intent, act outside any transaction, write down the answer.

The order is what makes a second call impossible. Once the intent is committed nobody else may send for this attempt;
if this process stops anywhere after that, the attempt is found out about, never repeated.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction
from psycopg.types.range import TimestamptzRange

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from customers.services.addresses import lock_for_contact
from customers.suppressions import record_dial
from lib import zones
from lib.crash_points import crash_point
from lib.db.clock import RealClock, read_clock
from organizations.switches import dialing_stopped_reason, share_switches
from providers.base import SubmitResult
from targets.answers import apply_answer
from targets.attempts import load_context, lock_attempt, move
from targets.checks import Forbidden, Held, blackouts_seen, check_contact, check_hours, hours_seen
from targets.gateways import Outgoing, prepare
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.optouts import bar_target
from targets.pacing import LOOK_AHEAD, take_turn
from targets.settlement import hold_target
from targets.timing import SUBMIT_DEADLINE_SECONDS, SUBMIT_LEASE

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """A committed decision to send, and when it was made (monotonic seconds of this process)."""

    outgoing: Outgoing
    decided_at: float


def submit_attempt(*, attempt_id: UUID, fence: int) -> AttemptState | None:
    """Send the attempt if every rule still allows it; return its state afterwards, None where it was not ours to send.

    Returns RELEASED where a rule held it back. May be called twice for one attempt: the second call does nothing.
    """
    # The lease is asked for again where it counts. Asked here, a queue full of late hints is emptied at once, before
    # those behind them are late as well.
    mine = Attempt.objects.filter(pk=attempt_id, state=AttemptState.RESERVED, fence=fence, lease_until__gt=RealClock())
    attempt = mine.first()
    if attempt is None:
        return None
    if not _waits_for_turn(attempt):
        return AttemptState.RELEASED
    intent = _commit_intent(attempt)
    if not isinstance(intent, Intent):
        return intent
    crash_point("W5")
    if time.monotonic() - intent.decided_at > SUBMIT_DEADLINE_SECONDS:
        log.warning("submit.too_late", attempt=str(attempt_id))
        return AttemptState.SUBMITTING
    answer: SubmitResult = intent.outgoing.send()
    crash_point("W7")
    return apply_answer(attempt_id=attempt_id, answer=answer)


def _waits_for_turn(attempt: Attempt) -> bool:
    """Wait until the pace of the attempt's account allows it; False where it was given back because that is far off."""
    seconds = take_turn(attempt.provider_account_id) if attempt.provider_account_id else 0.0
    if seconds is None:
        with transaction.atomic():
            release_attempt(attempt.pk, Held("account_pace", read_clock() + LOOK_AHEAD))
        return False
    time.sleep(seconds)
    return True


def _commit_intent(attempt: Attempt) -> Intent | AttemptState | None:
    """Return what to send, once nobody else may send it; RELEASED where it must not be sent; None if fenced off."""
    try:
        with transaction.atomic():
            return _decide(attempt)
    except IntegrityError as error:
        # The database refused: the minimum gap, or the address is live elsewhere. It is right; the check was early.
        log.info("submit.refused_by_constraint", attempt=str(attempt.pk), constraint=_constraint(error))
        with transaction.atomic():
            return release_attempt(attempt.pk, Held("minimum_gap", read_clock() + timedelta(minutes=5)))


def _decide(attempt: Attempt) -> Intent | AttemptState | None:
    lock_for_contact(attempt.organization_id, attempt.address)
    share_switches(attempt.organization_id)
    _share_campaign(attempt.campaign_id)
    target = CampaignTarget.all_objects.select_related("customer").get(pk=attempt.target_id)
    policy = load_context(target).policy
    at = read_clock()
    barred = _barred(target.campaign, target, at) or check_contact(target, policy, attempt.channel, attempt.address, at)
    if barred is not None:
        return release_attempt(attempt.pk, barred)
    seen = {
        **attempt.decision,
        "hours": hours_seen(target, policy, attempt.address),
        "blackouts": blackouts_seen(policy, at),
        "maximum_calls": policy.maximum_calls,
        "tzdata": zones.TZDATA_VERSION,
    }
    outgoing = prepare(attempt, target)
    if isinstance(outgoing, Held):
        return release_attempt(attempt.pk, outgoing)
    # What came since the check took time of its own: the moment written down must itself be an allowed one.
    decided_at, at = time.monotonic(), read_clock()
    too_late = check_hours(target, policy, attempt.address, at)
    if too_late is not None:
        return release_attempt(attempt.pk, too_late)
    if not _mark_submitting(attempt, at, policy.minimum_gap, seen, outgoing):
        return None
    record_dial(
        organization_id=attempt.organization_id,
        attempt_id=attempt.pk,
        channel=attempt.channel,
        address=attempt.address,
        at=at,
    )
    crash_point("W4")
    return Intent(outgoing, decided_at)


def _share_campaign(campaign_id: UUID) -> None:
    """Take the campaign's share lock: a pause either waits for us or has already been seen by us."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM campaigns_campaign WHERE id = %s FOR SHARE", [campaign_id])


def _barred(campaign: Campaign, target: CampaignTarget, at: datetime) -> Held | None:
    """Return why nothing may go out for this campaign or target at all."""
    soon = at + timedelta(minutes=1)
    if campaign.status != Status.RUNNING or campaign.is_deleted:
        return Held(f"campaign.{campaign.status}", soon)
    if target.is_deleted:
        return Held("target.deleted", soon)
    if target.customer.is_deleted:
        return Held("customer.deleted", at + timedelta(hours=1))  # until somebody restores them
    stopped = dialing_stopped_reason(campaign.organization)
    return Held("dialing_stopped", soon) if stopped else None


def _mark_submitting(
    attempt: Attempt, at: datetime, gap: timedelta, seen: dict[str, object], outgoing: Outgoing
) -> bool:
    """Move the attempt to `submitting` as of `at`; False where its lease is over or somebody else moved it."""
    mine = Attempt.objects.filter(
        pk=attempt.pk, state=AttemptState.RESERVED, fence=attempt.fence, lease_until__gt=RealClock()
    )
    moved = mine.update(
        state=AttemptState.SUBMITTING,
        submit_started_at=at,
        quiet=TimestamptzRange(at, at + gap),
        lease_until=RealClock() + SUBMIT_LEASE,
        state_since=RealClock(),
        provider_account_id=outgoing.account_id,
        text=outgoing.text,
        decision=seen,
        updated_at=at,
    )
    return moved == 1


def release_attempt(attempt_id: UUID, why: Held | Forbidden) -> AttemptState | None:
    """Give a reserved attempt back before anything was sent; None where it had already moved on.

    The caller is in a transaction. The target goes back to waiting, or is suppressed where no address is left.
    """
    attempt = lock_attempt(attempt_id)
    if attempt.state != AttemptState.RESERVED:
        return None
    at = read_clock()
    attempt.ended_at = at
    attempt.error_code = why.reason
    move(attempt, AttemptState.RELEASED)
    target = attempt.target
    if target.state == TargetState.CONTACTING:
        if isinstance(why, Forbidden):
            bar_target(target, why.reason, at=at)
        else:
            hold_target(target, why, at=at)
    return AttemptState.RELEASED


def _constraint(error: IntegrityError) -> str:
    diagnostics = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnostics, "constraint_name", "") or "")
