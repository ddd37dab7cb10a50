"""Make rows for tests. What belongs together is in one organization unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from campaigns.models import Campaign
from campaigns.services.campaigns import make_system_stages
from customers.models import Customer
from lib import clock
from organizations.models import (
    Agent,
    EmailChannel,
    Membership,
    Organization,
    PhoneNumber,
    ProviderAccount,
    Role,
    User,
    WhatsAppChannel,
)
from targets.models import Attempt, CampaignTarget

PASSWORD = "correct horse battery staple"


class Factory(DjangoModelFactory):  # type: ignore[misc]  # mypy is told to skip factory_boy, see pyproject.toml
    class Meta:
        abstract = True
        skip_postgeneration_save = True


class OrganizationFactory(Factory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    slug = factory.Sequence(lambda n: f"organization-{n}")
    timezone = "Europe/Rome"
    default_region = "IT"


class UserFactory(Factory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@example.com")
    name = factory.Sequence(lambda n: f"User {n}")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(Factory):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.OPERATOR


class InOrganization(Factory):
    """What belongs to an organization; its parents come from the same one."""

    class Meta:
        abstract = True

    organization = factory.SubFactory(OrganizationFactory)


def same_organization(made_by: Any, **fields: Any) -> Any:
    """Declare a related row of the organization of the row being made."""
    return factory.SubFactory(made_by, organization=factory.SelfAttribute("..organization"), **fields)


class ProviderAccountFactory(InOrganization):
    class Meta:
        model = ProviderAccount

    kind = ProviderAccount.Kind.ELEVENLABS
    name = factory.Sequence(lambda n: f"Account {n}")


class AgentFactory(InOrganization):
    class Meta:
        model = Agent

    provider_account = same_organization(ProviderAccountFactory)
    name = factory.Sequence(lambda n: f"Agent {n}")
    external_id = factory.Sequence(lambda n: f"agent_{n}")
    language = "it"
    timezone = "Europe/Rome"
    opening_message = "Buongiorno!"


class PhoneNumberFactory(InOrganization):
    class Meta:
        model = PhoneNumber

    provider_account = same_organization(ProviderAccountFactory)
    number = factory.Sequence(lambda n: f"+39021{n:07d}")
    external_id = factory.Sequence(lambda n: f"number_{n}")


class WhatsAppChannelFactory(InOrganization):
    class Meta:
        model = WhatsAppChannel

    provider_account = same_organization(ProviderAccountFactory, kind=ProviderAccount.Kind.WHATSAPP)
    name = factory.Sequence(lambda n: f"WhatsApp {n}")
    external_id = factory.Sequence(lambda n: f"whatsapp_{n}")
    template_name = "follow_up"
    template_language = "it"


class EmailChannelFactory(InOrganization):
    class Meta:
        model = EmailChannel

    name = factory.Sequence(lambda n: f"Mailbox {n}")
    from_address = factory.Sequence(lambda n: f"sender{n}@example.com")


class CustomerFactory(InOrganization):
    class Meta:
        model = Customer

    customer_id = factory.Sequence(lambda n: f"customer-{n}")
    name = factory.Sequence(lambda n: f"Name {n}")
    surname = "Rossi"
    email = factory.Sequence(lambda n: f"customer{n}@example.com")
    phone = factory.Sequence(lambda n: f"+39347{n:07d}")


class CampaignFactory(InOrganization):
    """A campaign with the four stages it always has, ready to start but for targets."""

    class Meta:
        model = Campaign

    name = factory.Sequence(lambda n: f"Campaign {n}")
    agent = same_organization(AgentFactory)
    phone_number = same_organization(PhoneNumberFactory)
    goal = "The person agrees to an appointment."
    goal_spec = factory.LazyFunction(lambda: {"objectives": [{"type": "ai"}]})

    @factory.post_generation  # type: ignore[untyped-decorator]  # as above
    def stages(self: Any, create: bool, _extracted: Any, **_fields: Any) -> None:
        if create:
            make_system_stages(self)


class TargetFactory(Factory):
    """A target that is due at once."""

    class Meta:
        model = CampaignTarget

    campaign = factory.SubFactory(CampaignFactory)
    organization = factory.SelfAttribute("campaign.organization")
    customer = same_organization(CustomerFactory)
    next_attempt_at = factory.LazyFunction(clock.now)


class AttemptFactory(Factory):
    """An attempt at the target's customer by phone, reserved and not yet sent."""

    class Meta:
        model = Attempt

    target = factory.SubFactory(TargetFactory)
    organization = factory.SelfAttribute("target.organization")
    campaign = factory.SelfAttribute("target.campaign")
    customer = factory.SelfAttribute("target.customer")
    channel = CampaignTarget.Channel.CALL
    number = 1
    address = factory.SelfAttribute("customer.phone")
    reserved_at = factory.LazyFunction(clock.now)
    # Leases measure machines, so by the real clock.
    state_since = factory.LazyFunction(lambda: datetime.now(UTC))
    lease_until = factory.LazyAttribute(lambda attempt: attempt.state_since + timedelta(minutes=1))
