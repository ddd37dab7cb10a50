"""Claim due work: turn targets whose time has come into reserved attempts, within every limit.

One short transaction per organization. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.context import campaign_context
from lib.crash_points import crash_point
from lib.db.clock import RealClock, read_clock
from organizations.models import Organization
from organizations.switches import dialing_stopped_reason
from targets.accounts import account_for, line_of
from targets.capacity import Capacity, share_between_campaigns, share_between_organizations
from targets.checks import Held, check_hours, quiet_ends_of_people
from targets.demand import Demand, read_demand
from targets.history import next_address, next_number, tries_of
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.permission import barred_addresses
from targets.settlement import advance_target, hold_targets, suppress_target
from targets.timing import CLAIM_LEASE

Channel = CampaignTarget.Channel

# Messages hold no line: this bounds one pass, not how many may be under way.
MESSAGE_BATCH = 50
# Targets looked at beyond the free lines, since some may only be put off to the person's morning.
_SPARE = 10
_MOST_LOOKED_AT = 200
# Looks at one campaign in one pass: bounds how long its organization stays locked.
_LOOKS = 6
_CLAIM_LOCK = 7_001


@dataclass(frozen=True, slots=True)
class Claim:
    """A reserved attempt, and the fence its owner has to show."""

    attempt_id: UUID
    fence: int


def claim_due_work(*, worker: str) -> list[Claim]:
    """Reserve attempts for due targets of every organization that has room. Any number of copies may run."""
    demands = sorted(read_demand(read_clock()), key=lambda demand: demand.organization_id)
    if not demands:
        return []
    lines = share_between_organizations(demands, Capacity())
    claims: list[Claim] = []
    for organization_id, of_organization in groupby(demands, key=lambda demand: demand.organization_id):
        wanted = list(of_organization)
        if lines[organization_id] or any(demand.channel != Channel.CALL for demand in wanted):
            with transaction.atomic():
                claims += _claim_for_organization(organization_id, wanted, lines[organization_id], worker)
            crash_point("W3")
    return claims


def _claim_for_organization(organization_id: UUID, demands: Sequence[Demand], lines: int, worker: str) -> list[Claim]:
    if not _is_our_turn():
        return []
    organization = Organization.objects.select_for_update(no_key=True).filter(pk=organization_id).first()
    if organization is None or dialing_stopped_reason(organization):
        return []
    capacity = Capacity()
    capacity.read_turns(organization_id)
    given = share_between_campaigns(demands, lines, read_clock())
    claims: list[Claim] = []
    for campaign_id in dict.fromkeys(demand.campaign_id for demand in demands):
        of_campaign = [demand for demand in demands if demand.campaign_id == campaign_id]
        claims += _CampaignClaim(of_campaign, given.get(campaign_id, 0), capacity, worker).claim()
    return claims


def _is_our_turn() -> bool:
    """Take the lock every claim takes, because the platform's limit spans organizations. It is short: nobody waits.

    Whoever finds it taken leaves the work to its holder, and to the next tick what the holder has already passed by.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_CLAIM_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


class _CampaignClaim:
    """One pass over the due targets of one campaign.

    The campaign is not locked: claims run one at a time, and whether it still runs is decided when an attempt is sent.
    A lock here would wait for every attempt being sent, and hold up the next ones.
    """

    def __init__(self, demands: Sequence[Demand], lines: int, capacity: Capacity, worker: str) -> None:
        context = campaign_context(demands[0].campaign_id, demands[0].organization_id)
        self.campaign, self.policy, self.speakers = context.campaign, context.policy, context.speakers
        self.lanes = sorted((demand.rank, demand.channel) for demand in demands)
        self.room = {Channel.CALL: lines, Channel.WHATSAPP: MESSAGE_BATCH, Channel.EMAIL: MESSAGE_BATCH}
        self.capacity = capacity
        self.worker = worker
        self.now = read_clock()

    def claim(self) -> list[Claim]:
        """Reserve what there is room for; put off what may not be contacted yet."""
        claims: list[Claim] = []
        for rank, channel in self.lanes:
            for _ in range(_LOOKS):
                room = self.room[Channel(channel)]
                looked_at = min(room + _SPARE, _MOST_LOOKED_AT)
                found = list(self._due(rank, channel)[:looked_at]) if room > 0 else []
                crash_point("W1")
                reserved, put_off = self._claim_these(found)
                claims += reserved
                if len(found) < looked_at or not (reserved or put_off):
                    break
        return claims

    def _due(self, rank: int, channel: str) -> QuerySet[CampaignTarget]:
        lane = CampaignTarget.objects.filter(campaign=self.campaign, next_channel=channel, queue_rank=rank)
        due: QuerySet[CampaignTarget] = lane.due(self.now).order_by("next_attempt_at", "id").select_related("customer")
        return due.select_for_update(skip_locked=True, of=("self",))

    def _claim_these(self, targets: Sequence[CampaignTarget]) -> tuple[list[Claim], int]:
        """Return the claims made of locked `targets`, and how many of them were put off or ended."""
        if not targets:
            return [], 0
        addresses, busy = self._addresses(targets)
        held: list[tuple[CampaignTarget, Held]] = []
        reserved: list[Attempt] = []
        for target in targets:
            address = addresses[target.pk]
            if address is None:
                self._end(target)
                continue
            why = check_hours(target, self.policy, address, self.now) or self._held_by_others(target, address, busy)
            if why is not None:
                held.append((target, why))
            elif self._takes(target):
                busy.add(address)
                reserved.append(self._reserved(target, address))
        hold_targets(held, at=self.now)
        self._save(reserved)
        put_off = sum(address is None for address in addresses.values()) + len(held)
        return [Claim(attempt.pk, attempt.fence) for attempt in reserved], put_off

    def _addresses(self, targets: Sequence[CampaignTarget]) -> tuple[dict[UUID, str | None], set[str]]:
        """Return where each target is tried next, and those of these addresses that an attempt is live at."""
        self.tries = tries_of([target.pk for target in targets])
        customers = [target.customer_id for target in targets]
        self.quiet = quiet_ends_of_people(self.campaign.organization_id, customers)
        self.barred = barred_addresses(targets, self.now)
        addresses: dict[UUID, str | None] = {}
        for target in targets:
            target.campaign = self.campaign
            tries = self.tries.get(target.pk, ())
            barred = self.barred.get(target.pk, {})
            addresses[target.pk] = next_address(
                target, target.next_channel, target.queue_rank, tries, self.policy, barred=barred
            )
        live = Attempt.objects.for_organization(self.campaign.organization_id).live()
        busy = live.filter(address__in=[address for address in addresses.values() if address])
        return addresses, set(busy.values_list("address", flat=True))

    def _end(self, target: CampaignTarget) -> None:
        """End the outreach to a person with no address left, saying which rule bars the last one."""
        barred = self.barred.get(target.pk)
        if barred:
            suppress_target(target, next(iter(barred.values())), at=self.now)
        else:
            advance_target(target, at=self.now)  # over another channel, or it is over

    def _held_by_others(self, target: CampaignTarget, address: str, busy: set[str]) -> Held | None:
        """Return what another contact with the same person says: an economy, it is decided when the attempt is sent."""
        if address in busy:
            return Held("address_busy", self.now + self.policy.minimum_gap)
        quiet_until = self.quiet.get(target.customer_id)
        return Held("minimum_gap", quiet_until) if quiet_until and quiet_until > self.now else None

    def _takes(self, target: CampaignTarget) -> bool:
        """Take one of the free lines, or a place in the batch of messages; False where none is left."""
        channel = Channel(target.next_channel)
        if self.room[channel] <= 0 or self.capacity.unsent_room <= 0:
            return False
        account = account_for(target, channel)
        if channel != Channel.CALL:
            if not self.capacity.has_turn(account):
                return False
        else:
            line = line_of(target, self.speakers)
            if self.capacity.limits_reached(self.campaign, line, account):
                return False
            self.capacity.take(self.campaign, line, account)
        self.capacity.take_turn(account)
        self.room[channel] -= 1
        return True

    def _save(self, reserved: Sequence[Attempt]) -> None:
        if not reserved:
            return
        Attempt.objects.bulk_create(reserved)
        crash_point("W2")
        CampaignTarget.objects.filter(pk__in=[attempt.target_id for attempt in reserved]).update(
            state=TargetState.CONTACTING, hold_reason="", updated_at=self.now
        )

    def _reserved(self, target: CampaignTarget, address: str) -> Attempt:
        is_call = target.next_channel == Channel.CALL
        return Attempt(
            organization_id=target.organization_id,
            campaign_id=target.campaign_id,
            target=target,
            customer_id=target.customer_id,
            channel=target.next_channel,
            number=next_number(self.tries.get(target.pk, ()), target.next_channel),
            round=target.round,
            address=address,
            state=AttemptState.RESERVED,
            lease_until=RealClock() + CLAIM_LEASE,
            state_since=RealClock(),
            reserved_at=self.now,
            phone_number=line_of(target, self.speakers) if is_call else None,
            provider_account=account_for(target, target.next_channel),
            decision={
                "worker": self.worker,
                "room": self.room[Channel(target.next_channel)],
                "organization_limit": self.campaign.organization.concurrency_limit,
                "maximum_calls": self.policy.maximum_calls,
            },
        )
