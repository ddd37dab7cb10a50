"""Say why one person is not being contacted right now: their next step, and every rule that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from customers.services.addresses import is_stored_form
from customers.suppressions import contacts_since, is_suppressed
from lib import zones
from lib.db.clock import read_clock
from lib.windows import ClosedReason
from organizations.switches import platform_stopped_reason
from targets.accounts import account_for, line_of
from targets.attempts import load_context
from targets.capacity import Capacity
from targets.capacity_words import levels_in_words
from targets.checks import DAY, check_hours, quiet_ends, quiet_ends_of_people
from targets.hold_reasons import in_words, moment
from targets.lifecycle import TargetState
from targets.models import Attempt, CampaignTarget, OutboxMessage, ReviewItem
from targets.people import address_for, all_addresses, candidate_zones
from targets.verification_queue import VERIFY

Channel = CampaignTarget.Channel

# Nobody needs to know more exactly how long a queue is.
_MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done next, and when; `zone` is the person's, "" where it is unknown."""

    channel: str
    at: datetime
    zone: str

    @property
    def local(self) -> datetime | None:
        """The same moment on the person's clock."""
        place = zones.zone(self.zone) if self.zone else None
        return self.at.astimezone(place) if place else None

    def __str__(self) -> str:
        there = f"{self.local:%a %d %b %H:%M} {self.zone}, " if self.local else ""
        return f"{self.channel} at {there}{self.at.astimezone(UTC):%a %d %b %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that holds the step now, and until when; None where no time ends it."""

    name: str
    words: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TargetWaiting:
    """The next step, None where there is none, and the rules against taking it now. Without any it is taken next."""

    step: Step | None
    rules: tuple[Rule, ...]


def why_target_waits(target: CampaignTarget) -> TargetWaiting:
    """Ask every rule about `target` (customer loaded), as deciding to send would; a constant number of queries.

    It is an answer for people: no lock is held, so the next moment may have another one.
    """
    load_context(target)
    match target.state:
        case TargetState.READY:
            return _Question(target).answer()
        case TargetState.CONTACTING:
            return TargetWaiting(None, tuple(_live(target)))
        case TargetState.VERIFYING:
            return TargetWaiting(None, tuple(_reading(target)))
        case TargetState.REVIEW:
            return TargetWaiting(None, tuple(_open_reviews(target)))
        case TargetState.SUPPRESSED:
            return TargetWaiting(None, (Rule("suppressed", f"must not be contacted: {in_words(target.hold_reason)}"),))
        case _:
            why = CampaignTarget.DoneReason(target.done_reason).label.lower()
            return TargetWaiting(None, (Rule("done", f"nothing more happens: {why}"),))


def _live(target: CampaignTarget) -> Iterator[Rule]:
    for attempt in Attempt.objects.live().filter(target=target):
        yield Rule("live", f"{attempt.channel} attempt {attempt.number}: {attempt.get_state_display()}")


def _reading(target: CampaignTarget) -> Iterator[Rule]:
    queued = OutboxMessage.objects.filter(topic=VERIFY, target_id=target.pk, sent_at__isnull=True)
    for message in queued:
        tried = f", tried {message.tries} times so far" if message.tries > 1 else ""
        yield Rule("verification", f"the conversation is being read{tried}", message.next_try_at)


def _open_reviews(target: CampaignTarget) -> Iterator[Rule]:
    for item in ReviewItem.objects.filter(target=target, decided_at__isnull=True).order_by("created_at"):
        asked = f"{item.created_at.astimezone(UTC):%d %b %H:%M} UTC"
        yield Rule("review", f"a person has to decide: {item.get_kind_display()} (asked {asked})")


class _Question:
    """All rules about one target that waits for its next step, at one moment."""

    def __init__(self, target: CampaignTarget) -> None:
        self.target = target
        self.campaign: Campaign = target.campaign
        context = load_context(target)
        self.policy, self.speakers = context.policy, context.speakers
        self.at = read_clock()
        self.address = address_for(target, target.next_channel)
        self.zones = candidate_zones(target, self.address or "")

    def answer(self) -> TargetWaiting:
        zone = self.zones[0] if self.zones else ""
        step = Step(self.target.next_channel, self.target.next_attempt_at or self.at, zone)
        rules = [*self._switches(), *self._account(), *self._time(zone), *_open_reviews(self.target)]
        if self.address is None:
            rules.append(Rule("unreachable", f"no address to reach them by {self.target.next_channel}"))
        else:
            rules += [*self._address_rules(self.address), *self._other_contacts(self.address)]
        return TargetWaiting(step, (*rules, *self._capacity()))

    def _switches(self) -> Iterator[Rule]:
        campaign, organization = self.campaign, self.campaign.organization
        platform = platform_stopped_reason()
        if platform:
            yield Rule("platform", f"dialing is stopped: {platform}")
        if organization.dialing_stopped_at:
            why = organization.dialing_stopped_reason or "no reason given"
            yield Rule("organization", f"the organization is stopped: {why}")
        if self.target.is_deleted or campaign.is_deleted:
            yield Rule("deleted", "removed from the campaign" if self.target.is_deleted else "the campaign is deleted")
        if campaign.status != Status.RUNNING:
            why = f": {campaign.paused_reason}" if campaign.paused_reason else ""
            yield Rule("campaign", f"the campaign is {campaign.status}{why}", campaign.start_at)

    def _account(self) -> Iterator[Rule]:
        account = account_for(self.target, self.target.next_channel)
        if account is None:
            yield Rule("account", f"no provider account for {self.target.next_channel}")
            return
        if account.stopped_at is not None:
            yield Rule("account", f"the provider account is stopped: {account.stopped_reason or 'no reason given'}")
        if account.paced_until is not None and account.paced_until > datetime.now(UTC):
            yield Rule("back_off", "the provider account waits before its next request", account.paced_until)

    def _time(self, zone: str) -> Iterator[Rule]:
        target = self.target
        if target.next_attempt_at and target.next_attempt_at > self.at:
            held = f", {in_words(target.hold_reason)}" if target.hold_reason else ""
            when = moment(target.next_attempt_at, zone, self.at)
            yield Rule("due", f"not due before {when}{held}", target.next_attempt_at)
        held_by_hours = check_hours(target, self.policy, self.address or "", self.at)
        if held_by_hours is not None:
            until = None if held_by_hours.reason == f"hours.{ClosedReason.NO_WINDOWS}" else held_by_hours.until
            opens = f", open from {moment(until, zone, self.at)}" if until else ""
            yield Rule(held_by_hours.reason, f"{in_words(held_by_hours.reason)}{opens}", held_by_hours.until)

    def _address_rules(self, address: str) -> Iterator[Rule]:
        target, organization_id = self.target, self.target.organization_id
        suppression = is_suppressed(
            organization_id=organization_id, address=address, channel=target.next_channel, at=self.at
        )
        if suppression is not None:
            yield Rule("suppressed", f"suppressed: {suppression.get_source_display()}", suppression.expires_at)
        ends = [
            quiet_ends(organization_id, [address]).get(address),
            quiet_ends_of_people(organization_id, [target.customer_id]).get(target.customer_id),
        ]
        quiet_until = max((end for end in ends if end), default=None)
        if quiet_until is not None and quiet_until > self.at:
            yield Rule("minimum_gap", in_words("minimum_gap"), quiet_until)
        known = {address, *filter(is_stored_form, all_addresses(target))}
        since = self.at - DAY
        recent = sum(
            contacts_since(organization_id=organization_id, address=known_one, since=since) for known_one in known
        )
        if recent >= self.policy.daily_cap:
            yield Rule("daily_cap", f"{in_words('daily_cap')}: {recent} contacts within 24 hours")

    def _other_contacts(self, address: str) -> Iterator[Rule]:
        theirs = Q(address=address) | Q(customer_id=self.target.customer_id)
        live = Attempt.objects.for_organization(self.target.organization_id).live().filter(theirs)
        for other in live.exclude(target=self.target).select_related("campaign")[:1]:
            yield Rule("person_busy", f"in contact already: {other.channel} of the campaign {other.campaign}")

    def _capacity(self) -> Iterator[Rule]:
        if self.target.next_channel != Channel.CALL or self.campaign.status != Status.RUNNING:
            return
        capacity = Capacity()
        capacity.read_turns(self.campaign.organization_id)
        line = line_of(self.target, self.speakers)
        levels = capacity.limits_reached(self.campaign, line, account_for(self.target, Channel.CALL))
        if levels:
            yield Rule("capacity", f"{levels_in_words(levels, self.campaign)}; {self._ahead()} ahead in the campaign")

    def _ahead(self) -> str:
        mine = self.target
        due = CampaignTarget.objects.filter(campaign=self.campaign, next_channel=mine.next_channel).due(self.at)
        sooner = Q(queue_rank__lt=mine.queue_rank) | Q(
            queue_rank=mine.queue_rank, next_attempt_at__lt=mine.next_attempt_at
        )
        ahead = due.filter(sooner)[:_MOST_COUNTED].count()
        return f"{_MOST_COUNTED:,} or more" if ahead == _MOST_COUNTED else str(ahead)
