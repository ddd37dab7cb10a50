"""Find out, after a restore from a backup, whom the providers called since then, so that nobody is called again.

A call of an attempt that is known here is applied like any news of it. A call of an attempt that the backup does not
know is made an attempt again, under the same id, of the target the provider echoes or else of the only one with that
number. Where several may be meant, none of them goes on before a person has decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from psycopg.types.range import TimestamptzRange

from customers.models import DialLedger
from customers.suppressions import record_dial
from lib.db.clock import RealClock, read_clock
from lib.ids import new_id
from organizations.models import ProviderAccount
from organizations.quarantine import note_reconciled
from providers.base import CallPhase, CallReport
from targets.attempts import load_context, lock_attempt, lock_target, move
from targets.checks import hours_seen
from targets.gateways import TARGET_VARIABLE, voice_for
from targets.history import next_number, tries_of
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget, ReviewItem
from targets.outcomes import apply_call_report
from targets.people import address_for
from targets.timing import SUBMIT_LEASE

log = structlog.get_logger(__name__)

Channel = CampaignTarget.Channel
_SOURCE = "reconcile"
_HINT_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A call that belongs to nobody here: the number's last digits, to recognise it by."""

    provider_id: str
    number_hint: str
    at: datetime | None


@dataclass(slots=True)
class Reconciliation:
    """What became of one account's calls since a moment."""

    known: int = 0  # nothing new
    updated: int = 0  # the attempt was here, its result was not
    restored: int = 0  # the attempt was not here
    asked: int = 0  # a person has to decide
    unmatched: list[Unmatched] = field(default_factory=list)


def can_list(account: ProviderAccount) -> bool:
    """Say whether the account's provider can be asked for what it did: no messenger can."""
    return account.kind == ProviderAccount.Kind.ELEVENLABS


def reconcile_account(*, account: ProviderAccount, since: datetime) -> Reconciliation:
    """Compare every call of `account` since then with what is known here; safe to repeat.

    Each call is a transaction of its own. Raises ProviderError where the list cannot be read to its end, and then the
    account does not count as reconciled.
    """
    done = Reconciliation()
    for report in voice_for(account).list_calls(since):
        with transaction.atomic():
            _reconcile_call(account, report, done)
    note_reconciled(account=account, since=since)
    return done


def _reconcile_call(account: ProviderAccount, report: CallReport, done: Reconciliation) -> None:
    attempt_id = _known_attempt(account, report)
    if attempt_id is not None:
        _tell(attempt_id, account, report, done)
        return
    candidates = _candidates(account, report)
    if len(candidates) == 1 and _restore_attempt(account, candidates[0], report):
        done.restored += 1
        return
    _keep_in_ledger(account, report)
    if candidates:
        for target_id in candidates:
            _ask(target_id, report)
        done.asked += 1
        return
    log.error("reconcile.unmatched", account=str(account.pk), call=report.provider_id)
    done.unmatched.append(Unmatched(report.provider_id, report.to_number[-_HINT_DIGITS:], report.started_at))


def _known_attempt(account: ProviderAccount, report: CallReport) -> UUID | None:
    """Return the attempt the call was made for; not one that was given back here before anything was sent."""
    mine = Q(provider_account=account, provider_id=report.provider_id)
    reference = _uuid(report.reference)
    if reference is not None:
        mine |= Q(pk=reference)
    attempts = Attempt.objects.for_organization(account.organization_id).filter(mine)
    found: UUID | None = attempts.exclude(state=AttemptState.RELEASED).values_list("pk", flat=True).first()
    return found


def _tell(attempt_id: UUID, account: ProviderAccount, report: CallReport, done: Reconciliation) -> None:
    attempt = lock_attempt(attempt_id)
    if attempt.state == AttemptState.RESERVED:
        _note_sending(attempt, account, report)
    result = apply_call_report(attempt, report, source=_SOURCE)
    done.known += result == "known"
    done.updated += result == "applied"
    done.asked += result == "conflict"


def _note_sending(attempt: Attempt, account: ProviderAccount, report: CallReport) -> None:
    """Make up for what sending it wrote down after the backup."""
    started = report.started_at or read_clock()
    attempt.submit_started_at = started
    attempt.quiet = _quiet(attempt.target, started)
    attempt.provider_account = account
    attempt.decision = {**attempt.decision, **_decision(attempt.target, attempt.address)}
    move(attempt, AttemptState.SUBMITTING, lease=SUBMIT_LEASE)
    _keep_in_ledger(account, report, address=attempt.address, attempt_id=attempt.pk)


def _candidates(account: ProviderAccount, report: CallReport) -> list[UUID]:
    """Return the targets the call may have been for: the one it names, else those with its number."""
    targets = CampaignTarget.all_objects.for_organization(account.organization_id)
    named = _uuid(report.variables.get(TARGET_VARIABLE))
    if named is not None:
        return list(targets.filter(pk=named).values_list("pk", flat=True))
    if not report.to_number:
        return []
    number = report.to_number
    theirs = Q(customer__phone=number) | Q(customer__other_phones__contains=[number]) | Q(phones__contains=[number])
    found = targets.alive().filter(theirs).exclude(state=TargetState.SUPPRESSED)
    return list(found.order_by("created_at").values_list("pk", flat=True).distinct())


def _restore_attempt(account: ProviderAccount, target_id: UUID, report: CallReport) -> bool:
    """Make the attempt of a call again and let the call's news take their course; False where a rule forbids it."""
    target = lock_target(target_id)
    address = report.to_number or address_for(target, Channel.CALL)
    if not address:
        return False
    attempt = _made_again(account, target, address, report)
    if not _inserted(attempt):
        return False
    _keep_in_ledger(account, report, address=address, attempt_id=attempt.pk)
    if target.state == TargetState.READY:
        target.state = TargetState.CONTACTING
        target.save_changes()
    apply_call_report(lock_attempt(attempt.pk), report, source=_SOURCE)
    return True


def _made_again(account: ProviderAccount, target: CampaignTarget, address: str, report: CallReport) -> Attempt:
    reference, started = _uuid(report.reference), report.started_at or read_clock()
    is_taken = reference is None or Attempt.objects.filter(pk=reference).exists()
    has_ended = report.phase == CallPhase.ENDED
    return Attempt(
        id=new_id() if is_taken else reference,
        organization_id=target.organization_id,
        campaign_id=target.campaign_id,
        target=target,
        customer_id=target.customer_id,
        channel=Channel.CALL,
        number=next_number(tries_of([target.pk]).get(target.pk, ()), Channel.CALL),
        round=target.round,
        address=address,
        # What has ended takes no line for the moment until its end is written down.
        state=AttemptState.GAVE_UP if has_ended else AttemptState.SUBMITTING,
        lease_until=RealClock() + SUBMIT_LEASE,
        state_since=RealClock(),
        reserved_at=started,
        submit_started_at=started,
        quiet=_quiet(target, started),
        provider_account=account,
        phone_number=target.campaign.phone_number,
        decision=_decision(target, address),
    )


def _inserted(attempt: Attempt) -> bool:
    """Insert the attempt, without its quiet time where another one's overlaps; False where that is refused, too."""
    for quiet in (attempt.quiet, None):
        attempt.quiet = quiet
        try:
            with transaction.atomic():
                attempt.save(force_insert=True)
        except IntegrityError as error:
            log.warning("reconcile.not_inserted", attempt=str(attempt.pk), error=type(error.__cause__).__name__)
        else:
            return True
    return False


def _quiet(target: CampaignTarget, started: datetime) -> TimestamptzRange:
    return TimestamptzRange(started, started + load_context(target).policy.minimum_gap)


def _decision(target: CampaignTarget, address: str) -> dict[str, object]:
    hours = hours_seen(target, load_context(target).policy, address)
    return {"reconciled": read_clock().isoformat(), "hours": hours}


def _keep_in_ledger(
    account: ProviderAccount, report: CallReport, *, address: str = "", attempt_id: UUID | None = None
) -> None:
    """Count the call against the daily cap of its number, once, whoever it was for."""
    address = address or report.to_number
    key = attempt_id or _uuid(report.reference) or uuid5(NAMESPACE_OID, report.provider_id)
    if not address or DialLedger.objects.filter(attempt_id=key).exists():
        return
    record_dial(
        organization_id=account.organization_id,
        attempt_id=key,
        channel=Channel.CALL,
        address=address,
        at=report.started_at or read_clock(),
    )


def _ask(target_id: UUID, report: CallReport) -> None:
    """Ask a person whether this call was for the target, which goes nowhere until then."""
    target = lock_target(target_id)
    if target.state == TargetState.READY:
        for state in (TargetState.CONTACTING, TargetState.REVIEW):  # the way the database knows
            target.state = state
            target.next_attempt_at = None if state == TargetState.REVIEW else target.next_attempt_at
            target.save_changes()
    ReviewItem.objects.get_or_create(
        organization_id=target.organization_id,
        target=target,
        kind=ReviewItem.Kind.UNKNOWN_ATTEMPT,
        decided_at=None,
        defaults={"reason": f"call {report.provider_id}, made after the backup, may have been for this campaign"},
    )


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
