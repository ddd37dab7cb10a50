"""Find what was left standing, and move it on: nothing may be stuck without a word.

Any number of copies may run at any time. Look-ups at the provider happen outside every transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction

from lib.crash_points import crash_point
from lib.db.clock import RealClock, read_clock, read_real_clock
from lib.wakeup import publish
from organizations.models import ProviderAccount
from organizations.switches import is_quarantined
from providers.base import CallReport, ProviderError
from targets.attempts import lock_attempt, move
from targets.checks import Held
from targets.deliveries import give_up_message
from targets.gateways import voice_for
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget, ReviewItem
from targets.outcomes import apply_call_report, refresh_facts
from targets.settlement import advance_target
from targets.submission import release_attempt
from targets.timing import GIVE_UP_AFTER, HAND_OUT_AGAIN_AFTER, HORIZON, LONGEST_CALL, LOOKUP_INTERVAL

log = structlog.get_logger(__name__)

BATCH = 100


def sweep() -> dict[str, int]:
    """Move on every attempt whose lease ran out; return how many of each kind."""
    return {
        # After a restore, who was only reserved at the backup may have been called since.
        "released": 0 if is_quarantined() else _each(AttemptState.RESERVED, _release),
        "handed_out": _hand_out_again(),
        "unknown": _each(AttemptState.SUBMITTING, _doubt),
        "looked_up": _each(AttemptState.UNKNOWN, _look_up) + _each(AttemptState.ACCEPTED, _look_up),
    }


def _each(state: AttemptState, handle: Callable[[UUID], bool]) -> int:
    overdue = Attempt.objects.filter(state=state, lease_until__lt=RealClock())
    ids = list(overdue.order_by("lease_until").values_list("pk", flat=True)[:BATCH])
    return sum(handle(attempt_id) for attempt_id in ids)


def _hand_out_again() -> int:
    """Publish once more what nobody has begun with: its message may be lost, and a second one does no harm."""
    waiting = Attempt.objects.filter(
        state=AttemptState.RESERVED,
        state_since__lt=RealClock() - HAND_OUT_AGAIN_AFTER,
        lease_until__gt=RealClock(),
    )
    claims = list(waiting.order_by("state_since").values_list("pk", "fence")[:BATCH])
    for attempt_id, fence in claims:
        publish("targets.submit", attempt_id, fence)
    return len(claims)


def _release(attempt_id: UUID) -> bool:
    """Give back an attempt no worker took up. Safe: its owner, should it wake, finds its lease over."""
    with transaction.atomic():
        released = release_attempt(attempt_id, Held("lease_expired", read_clock())) is not None
        crash_point("S1")
        return released


def _doubt(attempt_id: UUID) -> bool:
    """Declare unknown what should have had an answer by now: its sender died, or is too late to send."""
    with transaction.atomic():
        attempt = lock_attempt(attempt_id)
        if attempt.state != AttemptState.SUBMITTING or attempt.lease_until > read_real_clock():
            return False
        attempt.error_code = "in_doubt"
        move(attempt, AttemptState.UNKNOWN)
        return True


def _look_up(attempt_id: UUID) -> bool:
    """Ask the provider about an attempt, then apply what it says, or what its silence proves."""
    attempt = Attempt.objects.select_related("provider_account").get(pk=attempt_id)
    if not _postpone(attempt):
        return False
    try:
        report = _ask_provider(attempt)
    except ProviderError as error:
        log.warning("sweep.lookup_failed", attempt=str(attempt_id), error=type(error).__name__)
        return False
    with transaction.atomic():
        locked = lock_attempt(attempt_id)
        if report is not None:
            moved = apply_call_report(locked, report, source="poll") == "applied"
        else:
            moved = _nothing_found(locked)
        crash_point("S2")
        return moved


def _postpone(attempt: Attempt) -> bool:
    """Take the look-up for ourselves by moving its time on; False where another copy was first."""
    mine = Attempt.objects.filter(pk=attempt.pk, state=attempt.state, lease_until=attempt.lease_until)
    return bool(mine.update(lease_until=RealClock() + LOOKUP_INTERVAL))


def _ask_provider(attempt: Attempt) -> CallReport | None:
    account = attempt.provider_account
    if attempt.channel != CampaignTarget.Channel.CALL or account is None:
        return None  # a message cannot be looked up: only its webhook can tell
    voice = voice_for(account)
    if attempt.provider_id:
        return voice.fetch_call(attempt.provider_id)
    since = (attempt.submit_started_at or attempt.reserved_at) - timedelta(minutes=1)
    return voice.find_call(str(attempt.pk), since=since)


def _nothing_found(attempt: Attempt) -> bool:
    age = read_real_clock() - attempt.state_since
    if attempt.state == AttemptState.UNKNOWN and age > HORIZON and _proves_absence(attempt):
        attempt.ended_at = read_clock()
        move(attempt, AttemptState.NOT_PLACED)
        if attempt.target.state == TargetState.CONTACTING:
            advance_target(attempt.target, at=read_clock())
        return True
    if attempt.state == AttemptState.UNKNOWN and age > GIVE_UP_AFTER:
        if attempt.channel == CampaignTarget.Channel.CALL:
            _give_up(attempt)
        else:
            give_up_message(attempt)
        return True
    if attempt.state == AttemptState.ACCEPTED and age > LONGEST_CALL:
        attempt.ended_at = read_clock()
        attempt.error_code = "no_result"
        move(attempt, AttemptState.FAILED)
        refresh_facts(attempt.target)
        advance_target(attempt.target, at=read_clock())
        return True
    return False


def _proves_absence(attempt: Attempt) -> bool:
    account: ProviderAccount | None = attempt.provider_account
    is_call = attempt.channel == CampaignTarget.Channel.CALL
    return is_call and account is not None and voice_for(account).finds_by_reference


def _give_up(attempt: Attempt) -> None:
    """Hand the question to a person: was this customer contacted? Until then nobody contacts them here."""
    attempt.ended_at = read_clock()
    move(attempt, AttemptState.GAVE_UP)
    target = attempt.target
    refresh_facts(target)
    if target.state == TargetState.CONTACTING:
        target.state = TargetState.REVIEW
    target.save_changes()
    ReviewItem.objects.get_or_create(
        organization_id=attempt.organization_id,
        target=target,
        kind=ReviewItem.Kind.UNKNOWN_ATTEMPT,
        decided_at=None,
        defaults={"attempt": attempt, "reason": "the provider never said whether it took this attempt"},
    )
