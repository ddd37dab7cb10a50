"""Claim due work: turn targets whose time has come into reserved attempts, within every limit.

One short transaction per organization. Capacity is counted, not kept: the count of live attempts is read under the
locks that every claim takes, so it cannot be passed by one. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.models import Campaign
from campaigns.policy import ContactPolicy
from lib.crash_points import crash_point
from lib.db.clock import RealClock, read_clock
from organizations.models import Organization
from organizations.switches import dialing_stopped_reason
from targets.checks import Held, check_hours, quiet_ends
from targets.history import attempts_tried, unusable_addresses
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.people import address_for
from targets.settlement import finish_target, hold_target
from targets.timing import CLAIM_LEASE

Channel = CampaignTarget.Channel

# Targets looked at in one pass over a campaign: most of them may only be put off to the person's morning.
SCAN = 200
# Messages hold no line: this bounds one pass, not how many may be under way.
MESSAGE_BATCH = 50
_CLAIM_LOCK = 7_001


@dataclass(frozen=True, slots=True)
class Claim:
    """A reserved attempt, and the fence its owner has to show."""

    attempt_id: UUID
    fence: int


def claim_due_work(*, worker: str) -> list[Claim]:
    """Reserve attempts for due targets of every organization that has room. Any number of copies may run."""
    claims: list[Claim] = []
    for organization_id in _organizations_with_running_campaigns():
        with transaction.atomic():
            claims += _claim_for_organization(organization_id, worker)
        crash_point("W3")
    return claims


def _organizations_with_running_campaigns() -> list[UUID]:
    running = Campaign.objects.running().order_by("organization_id").values_list("organization_id", flat=True)
    return list(running.distinct())


def _claim_for_organization(organization_id: UUID, worker: str) -> list[Claim]:
    if not _is_our_turn():
        return []
    organization = Organization.objects.select_for_update(no_key=True).filter(pk=organization_id).first()
    if organization is None or dialing_stopped_reason(organization):
        return []
    claims: list[Claim] = []
    for campaign in _running_campaigns(organization):
        room = _room(organization, campaign)
        claims += _CampaignClaim(campaign, room, worker).claim()
    return claims


def _is_our_turn() -> bool:
    """Take the lock every claim takes, because the platform's limit spans organizations. It is short: nobody waits.

    Whoever finds it taken leaves the work to its holder, and to the next tick what the holder has already passed by.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_CLAIM_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


def _running_campaigns(organization: Organization) -> QuerySet[Campaign]:
    """Return the organization's running campaigns, the most urgent first.

    Not locked: claims run one at a time, and whether a campaign still runs is decided when an attempt is sent. A lock
    here would wait for every attempt being sent, and hold up the next ones.
    """
    campaigns = Campaign.objects.for_organization(organization).running().order_by("-priority", "started_at", "id")
    related: QuerySet[Campaign] = campaigns.select_related("organization", "configuration", "agent", "phone_number")
    return related


def _room(organization: Organization, campaign: Campaign) -> int:
    """Return how many more calls may be live, by the narrowest of the limits."""
    calls = Attempt.objects.live().filter(channel=Channel.CALL)
    rooms = [
        settings.PLATFORM_CONCURRENCY_LIMIT - calls.count(),
        organization.concurrency_limit - calls.for_organization(organization).count(),
    ]
    if campaign.concurrency_limit is not None:
        rooms.append(campaign.concurrency_limit - calls.filter(campaign=campaign).count())
    number = campaign.phone_number
    if number is not None and number.concurrency_limit is not None:
        rooms.append(number.concurrency_limit - calls.filter(phone_number=number).count())
    room: int = max(0, min(rooms))
    return room


class _CampaignClaim:
    """One pass over the due targets of one campaign."""

    def __init__(self, campaign: Campaign, room: int, worker: str) -> None:
        self.campaign = campaign
        self.room = {Channel.CALL: room, Channel.WHATSAPP: MESSAGE_BATCH, Channel.EMAIL: MESSAGE_BATCH}
        self.worker = worker
        self.policy = ContactPolicy.of(campaign)
        self.now = read_clock()

    def claim(self) -> list[Claim]:
        """Reserve what there is room for; put off what may not be contacted yet."""
        targets = self._due_targets()
        crash_point("W1")
        ids = [target.pk for target in targets]
        self.tried = attempts_tried(ids)
        self.unusable = unusable_addresses(ids)
        placed = [(target, self._address(target)) for target in targets]
        addresses = [address for _target, address in placed if address]
        self.busy = set(
            Attempt.objects.for_organization(self.campaign.organization_id)
            .live()
            .filter(address__in=addresses)
            .values_list("address", flat=True)
        )
        self.quiet = quiet_ends(self.campaign.organization_id, addresses)
        reserved = [attempt for target, address in placed if (attempt := self._claim_one(target, address))]
        Attempt.objects.bulk_create(reserved)
        crash_point("W2")
        CampaignTarget.objects.filter(pk__in=[attempt.target_id for attempt in reserved]).update(
            state=TargetState.CONTACTING, hold_reason="", updated_at=self.now
        )
        return [Claim(attempt.pk, attempt.fence) for attempt in reserved]

    def _due_targets(self) -> Sequence[CampaignTarget]:
        wanted = [channel for channel, room in self.room.items() if room > 0]
        due = CampaignTarget.objects.filter(campaign=self.campaign, next_channel__in=wanted).due(self.now)
        ordered = due.order_by("queue_rank", "next_attempt_at", "id").select_related("customer", "assigned_agent")
        found = list(ordered.select_for_update(skip_locked=True, of=("self",))[:SCAN])
        for target in found:
            target.campaign = self.campaign
        return found

    def _address(self, target: CampaignTarget) -> str | None:
        tried = self.tried.get((target.pk, target.next_channel), 0)
        unusable = self.unusable.get(target.pk, frozenset())
        return address_for(target, target.next_channel, tried=tried, unusable=unusable)

    def _claim_one(self, target: CampaignTarget, address: str | None) -> Attempt | None:
        if address is None:
            finish_target(target, CampaignTarget.DoneReason.UNREACHABLE, at=self.now)
            return None
        held = check_hours(target, self.policy, address, self.now) or self._held_by_others(address)
        if held is not None:
            hold_target(target, held, at=self.now)
            return None
        if self.room[Channel(target.next_channel)] <= 0:
            return None
        self.room[Channel(target.next_channel)] -= 1
        self.busy.add(address)
        return self._reserved(target, address)

    def _held_by_others(self, address: str) -> Held | None:
        if address in self.busy:
            return Held("address_busy", self.now + self.policy.minimum_gap)
        quiet_until = self.quiet.get(address)
        return Held("minimum_gap", quiet_until) if quiet_until and quiet_until > self.now else None

    def _reserved(self, target: CampaignTarget, address: str) -> Attempt:
        return Attempt(
            organization_id=target.organization_id,
            campaign_id=target.campaign_id,
            target=target,
            customer_id=target.customer_id,
            channel=target.next_channel,
            number=self.tried.get((target.pk, target.next_channel), 0) + 1,
            address=address,
            state=AttemptState.RESERVED,
            lease_until=RealClock() + CLAIM_LEASE,
            state_since=RealClock(),
            reserved_at=self.now,
            phone_number=self.campaign.phone_number if target.next_channel == Channel.CALL else None,
            decision={
                "worker": self.worker,
                "room": self.room[Channel(target.next_channel)],
                "organization_limit": self.campaign.organization.concurrency_limit,
                "maximum_calls": self.policy.maximum_calls,
            },
        )
