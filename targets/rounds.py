"""Put customers into a campaign, and begin the outreach afresh with those who are in it already.

A round is one run through the campaign's policy. What was tried in an earlier one stays on record and no longer counts,
except for what protects the person: the quiet time after each contact, the daily cap, and addresses known as invalid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from campaigns.context import campaign_context
from campaigns.models import Campaign
from campaigns.services.changes import record_change
from customers.models import Customer
from lib.db.clock import read_clock
from lib.wakeup import wake
from organizations.services import Actor
from targets.enrolment import UNKNOWN_CUSTOMER, enrol, first_channel, lock_open_campaign
from targets.lifecycle import AttemptState, TargetState
from targets.models import Attempt, CampaignTarget
from targets.people import addresses_on
from targets.permission import barred_addresses
from targets.stages import stage_for

NO_PHONE = "this customer has no phone number"
OPTED_OUT = "this customer must not be contacted"

# Nothing is under way with them, so the next round can begin at once. With all others it begins when that has ended.
_IDLE = (TargetState.READY, TargetState.DONE, TargetState.SUPPRESSED)
# Columns that may be empty and are not about what happened.
_KEPT = frozenset({"external_id", "assigned_agent", "next_attempt_at", "scheduled_at", "deleted_at"})
_EMPTY = [column.name for column in CampaignTarget._meta.concrete_fields if column.null and column.name not in _KEPT]
# What a target knows of its round, as it is before anything has happened in it.
_UNTOUCHED: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(_EMPTY),
        **dict.fromkeys(("calls_made", "calls_answered", "whatsapp_sent", "email_sent", "refusals"), 0),
        "last_outcome": "",
        "ai_label": CampaignTarget.Label.UNKNOWN,
        "queue_rank": CampaignTarget.QueueRank.FRESH,
    }
)


@dataclass(frozen=True, slots=True)
class EnrolOrResetResult:
    """What became of each customer: enrolled, begun afresh, or rejected with a reason. Each is named once."""

    added: tuple[UUID, ...] = ()
    reset: tuple[UUID, ...] = ()
    rejected: Mapping[UUID, str] = field(default_factory=dict)


@transaction.atomic
def enrol_or_reset(
    *, campaign: Campaign, customer_ids: Sequence[UUID], actor: Actor | None = None
) -> EnrolOrResetResult:
    """Enrol customers of the campaign's organization; begin a new round with those already in. Constant statements.

    Somebody in contact, or about whom a question is open, keeps their state until that has ended; their next step is
    then the first of the new round. Rejected are unknown customers, those without a number, and those all of whose
    numbers are barred. Locks the campaign, then attempts, then targets. Raises `CampaignNotOpen`.
    """
    wanted = list(dict.fromkeys(customer_ids))
    campaign = lock_open_campaign(campaign)
    customers = Customer.objects.for_organization(campaign.organization_id).in_bulk(wanted)
    unsent = _lock_unsent(campaign, customers)
    present = _lock_targets(campaign, customers)
    rejected = _rejections(campaign, wanted, customers, present)
    new = [pk for pk in wanted if pk not in rejected and pk not in present]
    removed = [pk for pk in wanted if pk not in rejected and pk in present and present[pk].is_deleted]
    again = [pk for pk in wanted if pk not in rejected and pk in present and not present[pk].is_deleted]
    _begin_again(campaign, [present[pk] for pk in (*removed, *again)], unsent)
    enrol(campaign=campaign, customer_ids=new)
    if again:
        record_change(
            campaign=campaign, action="campaign.targets_reset", changes={"targets": [0, len(again)]}, actor=actor
        )
    wake("targets.dispatch")
    added = {*new, *removed}
    return EnrolOrResetResult(tuple(pk for pk in wanted if pk in added), tuple(again), rejected)


def _lock_unsent(campaign: Campaign, customer_ids: Collection[UUID]) -> set[UUID]:
    """Lock the attempts of which nothing was sent yet, before any target: everybody else takes them in this order."""
    reserved = Attempt.objects.filter(campaign=campaign, customer_id__in=customer_ids, state=AttemptState.RESERVED)
    return set(reserved.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _lock_targets(campaign: Campaign, customers: Mapping[UUID, Customer]) -> dict[UUID, CampaignTarget]:
    targets = CampaignTarget.all_objects.filter(campaign=campaign, customer_id__in=customers)
    found = {}
    for target in targets.select_for_update(no_key=True).order_by("pk"):
        target.customer = customers[target.customer_id]
        found[target.customer_id] = target
    return found


def _rejections(
    campaign: Campaign,
    wanted: Sequence[UUID],
    customers: Mapping[UUID, Customer],
    present: Mapping[UUID, CampaignTarget],
) -> dict[UUID, str]:
    channel = first_channel(campaign)
    targets = {
        pk: present.get(pk) or CampaignTarget(organization_id=campaign.organization_id, customer=customer)
        for pk, customer in customers.items()
    }
    barred = barred_addresses(targets.values(), read_clock(), channel=channel)
    rejected = {}
    for pk in wanted:
        if pk not in targets:
            rejected[pk] = UNKNOWN_CUSTOMER
        elif not (addresses := addresses_on(targets[pk], channel)):
            rejected[pk] = NO_PHONE
        elif all(address in barred.get(targets[pk].pk, {}) for address in addresses):
            rejected[pk] = OPTED_OUT
    return rejected


def _begin_again(campaign: Campaign, targets: Sequence[CampaignTarget], unsent: Collection[UUID]) -> None:
    """Begin the next round with locked targets. An attempt of which nothing was sent yet becomes its first."""
    if not targets:
        return
    at = read_clock()
    stages = campaign_context(campaign.pk, campaign.organization_id).stages
    stage = stage_for(stages, current="new", goal_met=False, contacted=False, is_over=False)
    ids = [target.pk for target in targets]
    rows = CampaignTarget.all_objects.filter(pk__in=ids)
    rows.update(**_UNTOUCHED, round=F("round") + 1, stage=stage, deleted_at=None, updated_at=at)
    rows.filter(state__in=_IDLE).update(
        state=TargetState.READY,
        done_reason="",
        hold_reason="",
        next_attempt_at=at,
        next_channel=first_channel(campaign),
    )
    Attempt.objects.filter(pk__in=unsent, target_id__in=ids).update(round=F("round") + 1)
