"""Let an opt-out take effect at once on everything that is planned: what everything above the suppressions calls.

A rule binds the next contact by itself. Here, in its transaction, what was planned moves on as well: a person with no
allowed address left on their next channel is suppressed, an attempt that was reserved for a barred address is given
back, and another address of the person is tried instead where there is one. A call that is already live goes on: no
adapter can ask its provider to hang up.

Locks are taken in one order: addresses, then attempts, then targets. Rows somebody else holds are not waited for, so
that an opt-out can never wait in a circle with a claim, a dial or a result; `targets.optout_pass` comes back to them.

A rule that is lifted or expires starts nothing again by itself. The targets it ended stay suppressed until an operator
sends them back to the queue, because only a person can tell whether the outreach still makes sense.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.context import CampaignContext, campaign_context
from campaigns.policy import ContactPolicy
from customers.models import Customer, Suppression
from customers.services.addresses import is_stored_form, lock_for_rules, stored_form
from customers.suppressions import suppress
from lib.db.clock import RealClock, read_clock
from lib.wakeup import wake
from organizations.models import Organization
from organizations.services import Actor
from targets.attempts import load_context
from targets.checks import Held
from targets.history import next_address, tries_of
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.optout_queue import queue_targets
from targets.permission import Barred, barred_addresses
from targets.settlement import hold_target, suppress_target
from targets.stages import stage_for

log = structlog.get_logger(__name__)

# Targets moved on in the opt-out's own transaction; the periodic task moves those beyond.
MOST_AT_ONCE = 500
# People behind one address who all opted out with it. More than that share a switchboard, which is nobody's word.
MOST_BEHIND_ONE_ADDRESS = 20
# Until a person of whom one address is barred is looked at again, at the next address.
_NEXT_ADDRESS_AFTER = timedelta(minutes=1)
_MOVABLE = (TargetState.READY, TargetState.CONTACTING)


@transaction.atomic
def opt_out_address(
    *,
    organization: Organization | None,
    address: str,
    source: str,
    channel: str = "",
    reason: str = "",
    expires_at: datetime | None = None,
    actor: Actor | None = None,
) -> Suppression:
    """Do as `suppress`, and move on whoever was to be contacted at the address. Call it before locking any row."""
    rule = suppress(
        organization=organization,
        address=address,
        source=source,
        channel=channel,
        reason=reason,
        expires_at=expires_at,
        actor=actor,
    )
    stored = stored_form(address, (organization.default_region if organization else "") or None)
    _move_people_at(organization.pk if organization else None, [stored])
    return rule


@transaction.atomic
def opt_out_person(
    *, customer: Customer, source: str, reason: str = "", also: Iterable[str] = (), actor: Actor | None = None
) -> None:
    """Forbid every address of a person who said themselves that they want no more, and move on what was planned.

    `also` are addresses the person was reached at that are no longer theirs on record. Take `lock_person` before
    locking any row.
    """
    addresses = _addresses_of([customer], also)
    _opt_out_all(customer.organization, addresses, source=source, reason=reason, actor=actor)


@transaction.atomic
def opt_out_whoever_wrote(
    *, organization: Organization, address: str, customer: Customer | None, source: str, reason: str = ""
) -> None:
    """Do as `opt_out_person` for everybody of the organization whose address this is, and for the address in any case.

    `customer` is who is known to have written, also where "" is all that is known of the address. Call it before
    locking any row. Raises InvalidField.
    """
    addresses = addresses_behind(organization, address, customer)
    _opt_out_all(organization, addresses, source=source, reason=reason, actor=None)


def addresses_behind(organization: Organization, address: str, customer: Customer | None) -> list[str]:
    """Return an address in its stored form with all others of the people it belongs to, and those of `customer`.

    Raises InvalidField.
    """
    people, stored = [customer] if customer else [], []
    if address:
        stored = [stored_form(address, organization.default_region or None)]
        ids = _people_at(organization.pk, stored)
        is_shared = len(ids) > MOST_BEHIND_ONE_ADDRESS
        people += [] if is_shared else Customer.all_objects.filter(pk__in=ids)
    return _addresses_of(people, stored)


def lock_person(customer: Customer, also: Iterable[str] = ()) -> None:
    """Take the locks `opt_out_person` needs, before any lock on a row, until the transaction ends."""
    lock_for_rules(customer.organization_id, _addresses_of([customer], also))


def bar_target(target: CampaignTarget, reason: str, *, at: datetime) -> None:
    """Try a locked target's next allowed address soon, or end its outreach where there is none."""
    policy = load_context(target).policy
    left = _next_addresses([target], policy, barred_addresses([target], at))[target.pk]
    if left is None:
        suppress_target(target, reason, at=at)
    else:
        hold_target(target, Held(reason, at + _NEXT_ADDRESS_AFTER), at=at)


def move_on_barred(target_ids: Collection[UUID]) -> list[UUID]:
    """Move on those of the targets that may not be contacted as planned; return those somebody else has locked.

    Targets in contact are left alone, except where their attempt is only reserved. The caller is in a transaction.
    """
    waiting = Attempt.objects.filter(target_id__in=target_ids, state=AttemptState.RESERVED)
    locked = waiting.select_for_update(no_key=True, skip_locked=True).order_by("pk")
    reserved = {attempt.target_id: attempt for attempt in locked}
    movable = CampaignTarget.objects.filter(pk__in=target_ids, state__in=_MOVABLE)
    mine = movable.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("customer")
    by_campaign: defaultdict[UUID, list[CampaignTarget]] = defaultdict(list)
    seen = set()
    for target in mine.order_by("pk"):
        by_campaign[target.campaign_id].append(target)
        seen.add(target.pk)
    for targets in by_campaign.values():
        _Mover(targets, reserved).move()
    held = set(movable.values_list("pk", flat=True)) - seen
    return sorted(held | set(waiting.exclude(target_id__in=reserved).values_list("target_id", flat=True)))


def _next_addresses(
    targets: Sequence[CampaignTarget], policy: ContactPolicy, barred: Mapping[UUID, Barred]
) -> dict[UUID, str | None]:
    """Return where each target's next step goes, None where every address left is barred: one query."""
    tries = tries_of([target.pk for target in targets])
    return {
        t.pk: next_address(t, t.next_channel, t.queue_rank, tries.get(t.pk, ()), policy, barred=barred.get(t.pk, {}))
        for t in targets
    }


class _Mover:
    """Moves targets of one campaign, all locked, in a few statements."""

    def __init__(self, targets: Sequence[CampaignTarget], reserved: dict[UUID, Attempt]) -> None:
        self._context: CampaignContext = campaign_context(targets[0].campaign_id, targets[0].organization_id)
        self._at = read_clock()
        self._reserved = reserved
        for target in targets:
            target.campaign = self._context.campaign
        self._barred = barred_addresses(targets, self._at)
        self._targets = [target for target in targets if target.pk in self._barred]

    def move(self) -> None:
        onward = _next_addresses(self._targets, self._context.policy, self._barred)
        over: defaultdict[tuple[str, str], list[UUID]] = defaultdict(list)
        given_back: defaultdict[str, list[UUID]] = defaultdict(list)
        again: defaultdict[str, list[UUID]] = defaultdict(list)
        for target in self._targets:
            reason = self._reason(target)
            if reason is None:
                continue
            if target.state == TargetState.CONTACTING:
                given_back[reason].append(self._reserved[target.pk].pk)
            if onward[target.pk] is None:
                over[reason, self._last_stage(target)].append(target.pk)
            elif target.state == TargetState.CONTACTING:
                again[reason].append(target.pk)
        self._write(over, given_back, again)

    def _reason(self, target: CampaignTarget) -> str | None:
        """Return why the target cannot go on as planned, None where it can or is in contact."""
        barred = self._barred[target.pk]
        if target.state == TargetState.READY:
            return next(iter(barred.values()))
        attempt = self._reserved.get(target.pk)
        return barred.get(attempt.address) if attempt else None

    def _last_stage(self, target: CampaignTarget) -> str:
        return stage_for(
            self._context.stages,
            current=target.stage,
            goal_met=target.goal_met_at is not None,
            contacted=target.last_contacted_at is not None,
            is_over=True,
        )

    def _write(
        self,
        over: dict[tuple[str, str], list[UUID]],
        given_back: dict[str, list[UUID]],
        again: dict[str, list[UUID]],
    ) -> None:
        for reason, attempts in given_back.items():
            _release(Attempt.objects.filter(pk__in=attempts), reason, self._at)
        for reason, targets in again.items():
            CampaignTarget.objects.filter(pk__in=targets).update(
                state=TargetState.READY, next_attempt_at=self._at, hold_reason=reason, updated_at=self._at
            )
        for (reason, stage), targets in over.items():
            CampaignTarget.objects.filter(pk__in=targets).update(
                state=TargetState.SUPPRESSED,
                hold_reason=reason,
                next_attempt_at=None,
                callback_at=None,
                stage=stage,
                updated_at=self._at,
            )
            log.info("optouts.suppressed", campaign=str(self._context.campaign.pk), reason=reason, targets=len(targets))
        if again:
            wake("targets.dispatch")


def _release(attempts: QuerySet[Attempt], reason: str, at: datetime) -> None:
    attempts.update(
        state=AttemptState.RELEASED,
        error_code=reason,
        ended_at=at,
        lease_until=RealClock(),
        state_since=RealClock(),
        updated_at=at,
    )


def _opt_out_all(
    organization: Organization, addresses: Sequence[str], *, source: str, reason: str, actor: Actor | None
) -> None:
    lock_for_rules(organization.pk, addresses)
    for address in addresses:
        suppress(organization=organization, address=address, source=source, reason=reason, actor=actor)
    _move_people_at(organization.pk, addresses)


def _move_people_at(organization_id: UUID | None, addresses: Collection[str]) -> None:
    """Move on whoever is to be contacted at one of these addresses; leave to the periodic task what is too much."""
    people = _people_at(organization_id, addresses)
    movable = CampaignTarget.objects.filter(state__in=_MOVABLE)
    if organization_id is not None:
        movable = movable.for_organization(organization_id)
    found = set(movable.filter(customer_id__in=people).values_list("pk", flat=True))
    found |= set(movable.filter(phones__overlap=list(addresses)).values_list("pk", flat=True))
    ids = sorted(found)
    left = move_on_barred(ids[:MOST_AT_ONCE])
    queue_targets([*left, *ids[MOST_AT_ONCE:]])


def _people_at(organization_id: UUID | None, addresses: Collection[str]) -> list[UUID]:
    """Return everybody whose address one of these is: three queries, because one would use none of the indexes."""
    people = Customer.all_objects.all()
    if organization_id is not None:
        people = people.for_organization(organization_id)
    where = (Q(phone__in=addresses), Q(email__in=addresses), Q(other_phones__overlap=list(addresses)))
    found = {pk for condition in where for pk in people.filter(condition).values_list("pk", flat=True)}
    return sorted(found)


def _addresses_of(people: Sequence[Customer], also: Iterable[str] = ()) -> list[str]:
    """Return every address these people are known by, their targets' included, as far as rules can hold them."""
    given = CampaignTarget.all_objects.filter(customer__in=people).exclude(phones=[]).values_list("phones", flat=True)
    known = {*also, *(number for numbers in given for number in numbers)}
    for customer in people:
        known |= {*customer.phones, customer.email or ""}
    unreadable = {address for address in known if not is_stored_form(address)}
    if unreadable - {""}:
        log.warning("optouts.unreadable_address", count=len(unreadable - {""}))  # such an address is never contacted
    return sorted(known - unreadable)
