"""What a caller may see: admins their organization, anybody else what they own.

Every query of the dialect starts here, so that no view has to remember it.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from api.caller import Caller
from api.umanize.filters import Asked, check_deleted_allowed
from campaigns.exceptions import ForeignReference
from campaigns.models import Campaign, CampaignQuerySet
from customers.models import Customer, CustomerQuerySet
from lib.db.models import SoftDeleteQuerySet
from organizations.models import Agent, PhoneNumber, WhatsAppChannel
from targets.models import CampaignTarget, TargetQuerySet

Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows", bound=SoftDeleteQuerySet)


def campaigns(caller: Caller, asked: Asked | None = None) -> QuerySet[Campaign]:
    rows: CampaignQuerySet = Campaign.all_objects.for_organization(caller.organization).listed()
    if asked and asked.q:
        rows = rows.filter(Q(name__icontains=asked.q) | Q(external_id__icontains=asked.q))
    return _owned(_chosen(rows, caller, asked), caller)


def customers(caller: Caller, asked: Asked | None = None) -> QuerySet[Customer]:
    rows: CustomerQuerySet = Customer.all_objects.for_organization(caller.organization)
    if asked and asked.q:
        rows = rows.matching(asked.q)
    return _owned(_chosen(rows, caller, asked), caller)


def targets(caller: Caller, campaign: Campaign, asked: Asked | None = None) -> QuerySet[CampaignTarget]:
    """Return the targets of a campaign the caller may see."""
    rows: TargetQuerySet = CampaignTarget.all_objects.for_organization(caller.organization).filter(campaign=campaign)
    if asked and asked.q:
        rows = rows.filter(customer__in=Customer.all_objects.for_organization(caller.organization).matching(asked.q))
    return _chosen(rows, caller, asked)


def agents(caller: Caller) -> QuerySet[Agent]:
    """Return the agents the caller may use; one without an owner is everybody's."""
    rows: QuerySet[Agent] = Agent.objects.for_organization(caller.organization)
    return rows if caller.is_admin else rows.filter(Q(owner=caller.user) | Q(owner__isnull=True))


def chosen_agent(caller: Caller, agent_id: UUID | None) -> Agent | None:
    """Return the agent a request names, if it names one. Raises ForeignReference where the caller may not use it."""
    if agent_id is None:
        return None
    agent = agents(caller).filter(pk=agent_id).first()
    if agent is None:
        raise ForeignReference("agent")
    return agent


def phone_numbers(caller: Caller) -> QuerySet[PhoneNumber]:
    rows: QuerySet[PhoneNumber] = PhoneNumber.objects.for_organization(caller.organization)
    return rows


def whatsapp_channels(caller: Caller) -> QuerySet[WhatsAppChannel]:
    rows: QuerySet[WhatsAppChannel] = WhatsAppChannel.objects.for_organization(caller.organization)
    return rows


def one(rows: QuerySet[Row], row_id: UUID) -> Row:
    """Return the row with this id. Raises Http404 alike for one that is not there and one the caller may not see."""
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise Http404
    return row


def _owned(rows: Rows, caller: Caller) -> Rows:
    return rows if caller.is_admin else rows.filter(owner=caller.user)


def _chosen(rows: Rows, caller: Caller, asked: Asked | None) -> Rows:
    """Return the rows that are not deleted, or those the caller asked for and may see."""
    if asked is None or not asked.shows_deleted:
        return rows.alive()
    check_deleted_allowed(asked, caller)
    return rows.deleted() if asked.only_deleted else rows
