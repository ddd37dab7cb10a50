"""Write somebody down and enrol them in one step, as forms on websites do: safe to repeat and to run concurrently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from campaigns.models import Campaign
from customers.models import Customer, CustomerQuerySet
from customers.services import CustomerData, create_customer, find_customer
from customers.services.cleaning import CLEANERS
from customers.services.identity import lock_identities
from organizations.models import User
from organizations.services import Actor
from targets.enrolment import enrol
from targets.exceptions import NoAddress
from targets.models import CampaignTarget

SAME_EMAIL = "a contact with this email is in the campaign already"
SAME_PHONE = "a contact with this phone is in the campaign already"
SAME_CUSTOMER = "this customer is in the campaign already"


@dataclass(frozen=True, slots=True)
class NewPersonResult:
    """Whether somebody was enrolled, and why not where they were skipped."""

    target_id: UUID | None = None
    reason: str = ""

    @property
    def created(self) -> bool:
        return self.target_id is not None


@transaction.atomic
def enrol_new_person(
    *,
    campaign: Campaign,
    data: CustomerData,
    assigned_agent_id: UUID | None = None,
    owner: User | None = None,
    may_use: Callable[[Customer], bool] = lambda customer: True,
    actor: Actor | None = None,
) -> NewPersonResult:
    """Enrol whom `data` means; the first contact is due at once, as the campaign says.

    Who has the same email or phone as somebody in the campaign is skipped with the reason. A customer the organization
    knows already is enrolled as they are, unless the caller may not use them: then somebody of their own is created.
    Takes the lock of `lock_identities`, so that two requests at once enrol one person. Raises NoAddress without email
    and phone, InvalidField, DuplicateCustomerId, CampaignNotOpen.
    """
    region = campaign.organization.default_region or None
    email, phone = CLEANERS["email"](data.email, region), CLEANERS["phone"](data.phone, region)
    if not (email or phone):
        raise NoAddress
    lock_identities(campaign.organization_id)
    reason = _taken(campaign, email, phone)
    if reason:
        return NewPersonResult(reason=reason)
    known = find_customer(
        organization=campaign.organization, customer_id=data.customer_id, email=data.email, phone=data.phone
    )
    if known is None or not may_use(known):
        known = create_customer(organization=campaign.organization, data=data, owner=owner, actor=actor)
    agents = {known.pk: assigned_agent_id} if assigned_agent_id else None
    result = enrol(campaign=campaign, customer_ids=[known.pk], assigned_agent_ids=agents)
    target_id = result.target_ids.get(known.pk)
    return NewPersonResult(target_id, "" if target_id else result.rejected.get(known.pk, SAME_CUSTOMER))


def _taken(campaign: Campaign, email: str | None, phone: str | None) -> str:
    """Return by which address somebody is in the campaign already, "" where nobody is."""
    people: CustomerQuerySet = Customer.objects.for_organization(campaign.organization_id)
    there = CampaignTarget.objects.filter(campaign=campaign)
    # One query for each way: together they would use none of the indexes.
    ways = {
        SAME_EMAIL: [people.filter(email=email)] if email else [],
        SAME_PHONE: [people.filter(phone=phone), people.filter(other_phones__contains=[phone])] if phone else [],
    }
    for reason, found in ways.items():
        for some in found:
            if there.filter(customer_id__in=list(some.values_list("pk", flat=True))).exists():
                return reason
    return ""
