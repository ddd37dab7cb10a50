"""Put customers into a campaign."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from campaigns.context import campaign_context
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from campaigns.policy import ContactPolicy
from customers.models import Customer
from customers.services.addresses import is_stored_form
from customers.suppressions import binding_rules
from lib.db.bulk import insert_alike, insert_rows
from lib.db.clock import read_clock
from lib.ids import new_id
from lib.wakeup import wake
from organizations.models import Agent
from targets.exceptions import CampaignNotOpen
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.optouts import move_on_barred
from targets.people import addresses_on
from targets.permission import barred_addresses
from targets.stages import stage_for

UNKNOWN_CUSTOMER = "there is no such customer"
UNKNOWN_AGENT = "there is no such agent"


@dataclass(frozen=True, slots=True)
class EnrolmentResult:
    """What became of each customer: enrolled, already there, or rejected with a reason."""

    created: int = 0
    skipped: int = 0
    rejected: Mapping[UUID, str] = field(default_factory=dict)
    target_ids: Mapping[UUID, UUID] = field(default_factory=dict)  # of created and restored targets, by customer
    suppressed: Mapping[UUID, str] = field(default_factory=dict)  # created, but not to be contacted: why, by customer


def enrol(
    *, campaign: Campaign, customer_ids: Sequence[UUID], assigned_agent_ids: Mapping[UUID, UUID] | None = None
) -> EnrolmentResult:
    """Enrol customers of the campaign's organization, in a constant number of statements.

    Somebody already enrolled is skipped; somebody whose target was soft-deleted comes back, as they stood. Somebody
    none of whose addresses may be contacted is enrolled as suppressed, with the reason, so that nobody is missed from
    the campaign without a word. An opt-out that comes at the same time is obeyed when the person is claimed. Raises
    `CampaignNotOpen` for a campaign that is completed or closed. Safe to repeat and to run concurrently.
    """
    wanted = list(dict.fromkeys(customer_ids))
    agents = assigned_agent_ids or {}
    with transaction.atomic():
        campaign = lock_open_campaign(campaign)
        phones = _phones(campaign, wanted)
        rejected = _rejections(campaign, wanted, phones.keys(), agents)
        accepted = [customer_id for customer_id in wanted if customer_id not in rejected]
        restored = _restore(campaign, accepted)
        absent = _absent(campaign, accepted)
        created, suppressed = _create(campaign, {customer_id: phones[customer_id] for customer_id in absent}, agents)
        wake("targets.dispatch")
    return EnrolmentResult(
        created=len(created) + len(restored),
        skipped=len(accepted) - len(created) - len(restored),
        rejected=rejected,
        target_ids=created | restored,
        suppressed=suppressed,
    )


def require_open(campaign: Campaign) -> None:
    """Raise CampaignNotOpen where a campaign takes nobody any more."""
    if campaign.status in (Status.COMPLETED, Status.CLOSED):
        raise CampaignNotOpen("this campaign has ended; nobody can be enrolled", status=campaign.status)


def lock_open_campaign(campaign: Campaign) -> Campaign:
    """Lock the campaign's row until the transaction ends, and return it. Raises CampaignNotOpen where it has ended."""
    rows = Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("organization", "configuration")
    row: Campaign = rows.get(pk=campaign.pk)
    require_open(row)
    return row


def first_channel(campaign: Campaign) -> CampaignTarget.Channel:
    """Return the channel people are first contacted over."""
    starts_with_whatsapp = ContactPolicy.of(campaign).starts_with_whatsapp
    return CampaignTarget.Channel.WHATSAPP if starts_with_whatsapp else CampaignTarget.Channel.CALL


def _phones(campaign: Campaign, wanted: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return the numbers of those of the customers there are."""
    customers = Customer.objects.for_organization(campaign.organization_id).filter(pk__in=wanted)
    return {
        customer_id: [number for number in (phone, *others) if number]
        for customer_id, phone, others in customers.values_list("pk", "phone", "other_phones")
    }


def _rejections(
    campaign: Campaign, wanted: Sequence[UUID], known: Collection[UUID], agents: Mapping[UUID, UUID]
) -> dict[UUID, str]:
    usable = Agent.objects.for_organization(campaign.organization_id).filter(pk__in=set(agents.values()))
    known_agents = set(usable.values_list("pk", flat=True))
    unknown = {customer_id: UNKNOWN_CUSTOMER for customer_id in wanted if customer_id not in known}
    misassigned = {
        customer_id: UNKNOWN_AGENT
        for customer_id, agent_id in agents.items()
        if customer_id in known and agent_id not in known_agents
    }
    return unknown | misassigned


def _restore(campaign: Campaign, accepted: Sequence[UUID]) -> dict[UUID, UUID]:
    hidden = CampaignTarget.all_objects.deleted().filter(campaign=campaign, customer_id__in=accepted)
    found = dict(hidden.values_list("customer_id", "pk"))
    CampaignTarget.all_objects.filter(pk__in=found.values()).restore()
    if found:
        move_on_barred(list(found.values()))
    return found


def _absent(campaign: Campaign, accepted: Sequence[UUID]) -> list[UUID]:
    present = CampaignTarget.all_objects.filter(campaign=campaign, customer_id__in=accepted)
    taken = set(present.values_list("customer_id", flat=True))
    return [customer_id for customer_id in accepted if customer_id not in taken]


def _create(
    campaign: Campaign, phones: Mapping[UUID, Sequence[str]], agents: Mapping[UUID, UUID]
) -> tuple[dict[UUID, UUID], dict[UUID, str]]:
    """Write a target for each customer; return their ids and the reasons of those suppressed, both by customer.

    `phones` are the customers' numbers. Only where a rule names one of these is the person looked at more closely.
    """
    at = read_clock()
    common = {
        "organization_id": campaign.organization_id,
        "campaign": campaign,
        "state": TargetState.READY,
        "next_attempt_at": at,
        "next_channel": first_channel(campaign),
        "created_at": at,
    }
    ids = {customer_id: new_id() for customer_id in phones}
    ruled = _ruled(campaign, phones, at)
    some = [
        CampaignTarget(
            **common, id=ids[customer_id], customer_id=customer_id, assigned_agent_id=agents.get(customer_id)
        )
        for customer_id in ruled
    ]
    enter(campaign, some, at)
    others = [customer_id for customer_id in phones if customer_id not in ruled]
    differing: dict[str, Sequence[Any]] = {
        "id": [ids[customer_id] for customer_id in others],
        "customer_id": others,
        "assigned_agent_id": [agents.get(customer_id) for customer_id in others],
    }
    insert_alike(CampaignTarget(**common), differing)
    return ids, {target.customer_id: target.hold_reason for target in some if target.hold_reason}


def _ruled(campaign: Campaign, phones: Mapping[UUID, Sequence[str]], at: datetime) -> set[UUID]:
    """Return whom a rule may concern: one of their numbers has one, or is of a form no rule can be looked up for.

    Numbers alone are asked about, because everybody is first contacted at one, by call or by WhatsApp.
    """
    numbers = {number for some in phones.values() for number in some}
    readable = set(filter(is_stored_form, numbers))
    rules = binding_rules(organization_id=campaign.organization_id, addresses=readable, at=at)
    suspect = (numbers - readable) | rules.keys()
    return {customer_id for customer_id, some in phones.items() if not suspect.isdisjoint(some)}


def enter(campaign: Campaign, new: Sequence[CampaignTarget], at: datetime) -> None:
    """Write new targets, suppressed where nothing of the person may be contacted. The campaign's row is locked."""
    _suppress(campaign, new, at)
    insert_rows(new)


def _suppress(campaign: Campaign, new: Sequence[CampaignTarget], at: datetime) -> None:
    """Mark those of the new targets who have addresses, all of them barred."""
    customers = Customer.objects.in_bulk([target.customer_id for target in new])
    for target in new:
        target.customer = customers[target.customer_id]
    barred = barred_addresses(new, at)
    for target in new:
        reasons = barred.get(target.pk, {})
        if reasons and all(address in reasons for address in addresses_on(target, target.next_channel)):
            target.state, target.next_attempt_at = TargetState.SUPPRESSED, None
            target.hold_reason = next(iter(reasons.values()))
            stages = campaign_context(campaign.pk, campaign.organization_id).stages
            target.stage = stage_for(stages, current=target.stage, goal_met=False, contacted=False, is_over=True)
