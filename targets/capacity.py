"""Count live calls against every limit, and share what is free: between organizations, then between campaigns.

Capacity is counted, not kept: the counts are read under the lock that every claim takes, so no limit is passed by one.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q

from campaigns.models import Campaign
from organizations.models import PhoneNumber, ProviderAccount
from targets.demand import Demand
from targets.lifecycle import AttemptState
from targets.models import Attempt, CampaignTarget
from targets.pacing import turns_left

# A promised callback goes before every priority a campaign may have.
_PROMISED = 1_000.0
# So many claims may wait to be sent at once. More would only wait: workers that send four a second still come round to
# all of them before the first lease is over.
MOST_UNSENT = 200
# A campaign that gets no line gains one point of priority in so many seconds, so that none waits for ever.
_AGEING_SECONDS = 60.0


class Capacity:
    """The live calls of the platform at one moment, and what the limits leave. Changed by `take` and `take_turn`."""

    def __init__(self) -> None:
        self._live: Counter[tuple[str, UUID | None]] = Counter()
        attempts = Attempt.objects.live().order_by()
        levels = ("organization_id", "campaign_id", "phone_number_id", "provider_account_id")
        calls = Count("id", filter=Q(channel=CampaignTarget.Channel.CALL))
        unsent = Count("id", filter=Q(state=AttemptState.RESERVED))
        self._unsent: Counter[UUID | None] = Counter()
        for *keys, live, reserved in attempts.values_list(*levels).annotate(live=calls, reserved=unsent):
            organization, campaign, number, account = keys
            self._add(organization, campaign, number, account, live)
            self._unsent[account] += reserved
        self._turns: dict[UUID, int] = {}
        self.unsent_room = max(0, MOST_UNSENT - self._unsent.total())

    @property
    def platform_room(self) -> int:
        room: int = settings.PLATFORM_CONCURRENCY_LIMIT - self._live["platform", None]
        return max(0, min(room, self.unsent_room))

    def organization_room(self, organization_id: UUID, limit: int) -> int:
        return max(0, limit - self._live["organization", organization_id])

    def live_of_organization(self, organization_id: UUID) -> int:
        return self._live["organization", organization_id]

    def read_turns(self, organization_id: UUID) -> None:
        """Read how many requests the pace of the organization's accounts leaves just now: one query."""
        self._turns = {key: turns - self._unsent[key] for key, turns in turns_left(organization_id).items()}

    def limits_reached(
        self, campaign: Campaign, number: PhoneNumber | None, account: ProviderAccount | None
    ) -> list[str]:
        """Return the levels at which no further call of `campaign` from `number` through `account` may be live."""
        limits: list[tuple[str, UUID | None, int | None]] = [
            ("platform", None, settings.PLATFORM_CONCURRENCY_LIMIT),
            ("organization", campaign.organization_id, campaign.organization.concurrency_limit),
            ("campaign", campaign.pk, campaign.concurrency_limit),
            ("phone_number", number.pk, number.concurrency_limit) if number else ("phone_number", None, None),
            ("account", account.pk, account.concurrency_limit) if account else ("account", None, None),
        ]
        full = [level for level, key, limit in limits if limit is not None and self._live[level, key] >= limit]
        return full if self.has_turn(account) else [*full, "pace"]

    def has_turn(self, account: ProviderAccount | None) -> bool:
        """Say whether the account's pace, as it was read last, allows another request."""
        return account is None or self._turns.get(account.pk, 1) > 0

    def take(self, campaign: Campaign, number: PhoneNumber | None, account: ProviderAccount | None) -> None:
        """Count one more live call."""
        keys = (number.pk if number else None, account.pk if account else None)
        self._add(campaign.organization_id, campaign.pk, *keys, 1)

    def take_turn(self, account: ProviderAccount | None) -> None:
        """Count one more request, call or message, that is about to go out through `account`."""
        self.unsent_room -= 1
        if account is not None and account.pk in self._turns:
            self._turns[account.pk] -= 1

    def _add(self, organization: UUID, campaign: UUID, number: UUID | None, account: UUID | None, calls: int) -> None:
        self._live["platform", None] += calls
        self._live["organization", organization] += calls
        self._live["campaign", campaign] += calls
        self._live["phone_number", number] += calls
        self._live["account", account] += calls


def share_between_organizations(demands: Sequence[Demand], capacity: Capacity) -> dict[UUID, int]:
    """Return how many calls each organization may claim now, {organization: calls}, every one with demand named.

    While the platform has room for all, each gets what its own limit leaves. Otherwise each free line goes to the
    organization that uses the smallest part of its limit, so that in the long run they share in proportion to limits.
    """
    wanted = _wanted(demands, capacity)
    if sum(wanted.values()) <= capacity.platform_room:
        return wanted
    limits = {demand.organization_id: demand.organization_limit for demand in demands}
    queue = [(capacity.live_of_organization(key) / limits[key], key) for key, number in wanted.items() if number]
    heapq.heapify(queue)
    given = dict.fromkeys(wanted, 0)
    for _ in range(capacity.platform_room):
        if not queue:
            break
        _part, key = heapq.heappop(queue)
        given[key] += 1
        if given[key] < wanted[key]:
            heapq.heappush(queue, ((capacity.live_of_organization(key) + given[key]) / limits[key], key))
    return given


def _wanted(demands: Sequence[Demand], capacity: Capacity) -> dict[UUID, int]:
    due: Counter[UUID] = Counter()
    limits: dict[UUID, int] = {}
    for demand in demands:
        due[demand.organization_id] += demand.due if demand.channel == CampaignTarget.Channel.CALL else 0
        limits[demand.organization_id] = demand.organization_limit
    return {key: min(number, capacity.organization_room(key, limits[key])) for key, number in due.items()}


def share_between_campaigns(demands: Sequence[Demand], lines: int, at: datetime) -> Mapping[UUID, int]:
    """Return how many of an organization's free `lines` each of its campaigns may use, {campaign: calls}.

    Promised callbacks first, then the highest priority; a campaign that waits for a line gains priority by the minute
    and loses it again with the line it gets. Equals take turns.
    """
    turn = count()
    queue = []
    for demand in demands:
        if demand.channel == CampaignTarget.Channel.CALL and demand.due:
            waited = (at - max(demand.oldest, demand.last_claim or demand.oldest)).total_seconds()
            urgency = demand.priority + max(0.0, waited) / _AGEING_SECONDS + _PROMISED * demand.is_promised
            queue.append((-urgency, next(turn), demand.due, demand))
    heapq.heapify(queue)
    given: Counter[UUID] = Counter()
    while queue and given.total() < lines:
        _urgency, _turn, due, demand = heapq.heappop(queue)
        given[demand.campaign_id] += 1
        if due > 1:
            urgency = demand.priority + _PROMISED * demand.is_promised
            heapq.heappush(queue, (-float(urgency), next(turn), due - 1, demand))
    return given
