"""Make organizations with as many people and targets as a benchmark needs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from uuid import UUID

from campaigns.models import Campaign
from campaigns.services.campaigns import create_campaign
from customers.models import Customer
from organizations.models import Organization
from targets.enrolment import enrol
from targets.simulation import connect_to_simulator

ALL_DAY = [{"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "24:00"}]
BATCH = 5_000
_serial = itertools.count(1)


def new_organization(*, limit: int) -> Organization:
    """Create an organization that may have `limit` calls at once."""
    serial = next(_serial)
    organization: Organization = Organization.objects.create(
        name=f"Bench {serial}", slug=f"bench-{serial}", timezone="UTC", default_region="US", concurrency_limit=limit
    )
    return organization


def new_campaign(organization: Organization) -> Campaign:
    """Create a campaign that may call at any time, once, with simulated accounts."""
    agent, phone, _channel = connect_to_simulator(organization, number=f"+1312555{next(_serial):04d}")
    return create_campaign(
        organization=organization,
        owner=None,
        name="Bench",
        agent=agent,
        phone_number=phone,
        goal="The person agrees to come.",
        goal_spec={"objectives": [{"type": "ai", "label_in": ["positive"], "min_score": 0.5}]},
        call_attempt_delays=[],
        working_hours=ALL_DAY,
    )


def enrol_people(campaign: Campaign, number: int, *, personas: Sequence[str] = ("agrees",)) -> None:
    """Create `number` people who each behave as one of `personas`, and enrol them in the campaign."""
    for start in range(0, number, BATCH):
        enrol(campaign=campaign, customer_ids=_people(campaign, min(BATCH, number - start), personas))


def _people(campaign: Campaign, number: int, personas: Sequence[str]) -> list[UUID]:
    people = [
        Customer(
            organization_id=campaign.organization_id,
            name="Somebody",
            phone=f"+1{2_120_000_000 + next(_serial)}",
            timezone="UTC",
            language="en",
            custom_fields={"simulator_persona": personas[place % len(personas)]},
        )
        for place in range(number)
    ]
    return [person.pk for person in Customer.objects.bulk_create(people, batch_size=1_000)]
