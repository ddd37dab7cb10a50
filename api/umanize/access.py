"""What a caller may see: admins their organization, anybody else what they own.

Every query of the dialect starts here, so that no view has to remember it.
"""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied

from api.caller import Caller
from api.umanize.filters import Asked, check_deleted_allowed
from campaigns.exceptions import ForeignReference
from campaigns.models import ActivityEvent, Campaign, CampaignQuerySet, Stage
from customers.models import Customer, CustomerQuerySet, ImportJob
from lib.db.models import SoftDeleteQuerySet
from organizations.models import Agent, EmailChannel, PhoneNumber, WhatsAppChannel
from targets.models import Attempt, CampaignTarget, TargetQuerySet

Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows", bound=SoftDeleteQuerySet)


def campaigns(caller: Caller, asked: Asked | None = None) -> QuerySet[Campaign]:
    rows = _campaigns(caller)
    if asked and asked.q:
        rows = rows.filter(Q(name__icontains=asked.q) | Q(external_id__icontains=asked.q))
    return _owned(_chosen(rows, caller, asked), caller)


def campaigns_of(caller: Caller, customer: Customer, asked: Asked) -> QuerySet[Campaign]:
    """Return the campaigns in which a customer is a target."""
    theirs: QuerySet[CampaignTarget] = CampaignTarget.objects.for_organization(caller.organization)
    return campaigns(caller, asked).filter(pk__in=theirs.filter(customer=customer).values("campaign"))


def campaigns_even_deleted(caller: Caller) -> QuerySet[Campaign]:
    """Return the caller's campaigns, deleted or not, for operations on one that is named by its id."""
    return _owned(_campaigns(caller), caller)


def _campaigns(caller: Caller) -> CampaignQuerySet:
    rows: CampaignQuerySet = Campaign.all_objects.for_organization(caller.organization).listed()
    return rows.not_purged().filter(is_adhoc=False)


def customers(caller: Caller, asked: Asked | None = None) -> QuerySet[Customer]:
    rows: CustomerQuerySet = Customer.all_objects.for_organization(caller.organization)
    if asked and asked.q:
        rows = rows.matching(asked.q)
    return _owned(_chosen(rows, caller, asked), caller)


def customers_even_deleted(caller: Caller) -> QuerySet[Customer]:
    rows: CustomerQuerySet = Customer.all_objects.for_organization(caller.organization)
    return _owned(rows, caller)


def targets_even_deleted(caller: Caller, campaign: Campaign) -> QuerySet[CampaignTarget]:
    rows: TargetQuerySet = CampaignTarget.all_objects.for_organization(caller.organization)
    return rows.filter(campaign=campaign)


def stages(caller: Caller, campaign: Campaign) -> QuerySet[Stage]:
    rows: QuerySet[Stage] = Stage.objects.for_organization(caller.organization)
    return rows.filter(campaign=campaign)


def calls(caller: Caller, asked: Asked) -> QuerySet[Attempt]:
    """Return the calls of the caller's campaigns; admins also see those of campaigns that were purged."""
    rows: QuerySet[Attempt] = Attempt.objects.for_organization(caller.organization)
    rows = rows.filter(channel=CampaignTarget.Channel.CALL)
    if asked.q:
        rows = rows.filter(customer__in=Customer.all_objects.for_organization(caller.organization).matching(asked.q))
    return rows if caller.is_admin else rows.filter(campaign__in=campaigns_even_deleted(caller))


def activity(caller: Caller, campaign: Campaign, asked: Asked) -> QuerySet[ActivityEvent]:
    rows: QuerySet[ActivityEvent] = ActivityEvent.objects.for_organization(caller.organization)
    rows = rows.filter(campaign=campaign)
    return rows.filter(kind__icontains=asked.q) if asked.q else rows


def imports(caller: Caller) -> QuerySet[ImportJob]:
    rows: QuerySet[ImportJob] = ImportJob.objects.for_organization(caller.organization).filter(dry_run=False)
    return rows if caller.is_admin else rows.filter(created_by=caller.user)


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


def owned_agents(caller: Caller) -> QuerySet[Agent]:
    """Return the agents the caller may change: an admin all, anybody else their own."""
    rows: QuerySet[Agent] = Agent.objects.for_organization(caller.organization)
    return rows if caller.is_admin else rows.filter(owner=caller.user)


def chosen_agent(caller: Caller, agent_id: UUID | None, field: str = "agent") -> Agent | None:
    """Return the agent `field` names, if it names one. Raises ForeignReference where the caller may not use it."""
    if agent_id is None:
        return None
    agent = agents(caller).filter(pk=agent_id).first()
    if agent is None:
        raise ForeignReference(field)
    return agent


def phone_numbers(caller: Caller) -> QuerySet[PhoneNumber]:
    rows: QuerySet[PhoneNumber] = PhoneNumber.objects.for_organization(caller.organization)
    return rows


def whatsapp_channels(caller: Caller) -> QuerySet[WhatsAppChannel]:
    rows: QuerySet[WhatsAppChannel] = WhatsAppChannel.objects.for_organization(caller.organization)
    return rows


def email_channels(caller: Caller) -> QuerySet[EmailChannel]:
    rows: QuerySet[EmailChannel] = EmailChannel.objects.for_organization(caller.organization)
    return rows


def may_use(caller: Caller, customer: Customer) -> bool:
    return caller.is_admin or customer.owner_id == (caller.user.pk if caller.user else None)


def require_admin(caller: Caller, reason: str) -> None:
    """Raise PermissionDenied with the reason unless the caller is an admin."""
    if not caller.is_admin:
        raise PermissionDenied(reason)


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
