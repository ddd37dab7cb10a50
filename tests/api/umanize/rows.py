"""Make one row of each kind an operation can name, so that no operation is left out of a table of tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from campaigns.services import create_stage
from customers.models import ImportJob
from organizations.models import Organization, User
from tests.factories import (
    AgentFactory,
    CampaignFactory,
    CustomerFactory,
    EmailChannelFactory,
    PhoneNumberFactory,
    TargetFactory,
    WhatsAppChannelFactory,
)


def ids_in(organization: Organization, owner: User | None = None) -> dict[str, UUID]:
    """Return the id for each slot of the routes, of rows that belong together and to `owner`."""
    campaign = CampaignFactory(organization=organization, owner=owner)
    customer = CustomerFactory(organization=organization, owner=owner)
    made: dict[str, Any] = {
        "campaign_id": campaign,
        "customer_id": customer,
        "target_id": TargetFactory(campaign=campaign, customer=customer),
        "stage_id": create_stage(campaign=campaign, name="Talking", semantic_type="active"),
        "agent_id": AgentFactory(organization=organization, owner=owner),
        "phone_number_id": PhoneNumberFactory(organization=organization),
        "whatsapp_channel_id": WhatsAppChannelFactory(organization=organization),
        "email_channel_id": EmailChannelFactory(organization=organization),
        "import_id": ImportJob.objects.create(organization=organization, created_by=owner, filename="people.csv"),
    }
    return {slot: row.pk for slot, row in made.items()}
