"""People to call: two organizations each time, everybody with a part to play, one in ten in two campaigns."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from campaigns.models import Campaign
from campaigns.services.campaigns import create_campaign
from campaigns.services.lifecycle import start_campaign
from customers.models import Customer
from organizations.models import Organization
from targets.enrolment import enrol
from targets.exceptions import CampaignNotOpen
from targets.simulation import connect_to_simulator, write_simulator_accounts
from tests.faults.system import System

# Of the simulator's people, all but those who ask to be called on another day: a day is minutes here.
PERSONAS = (
    "agrees", "declines", "busy_then_books", "never_answers", "voicemail_then_agrees", "undecided", "opts_out", "books",
    "silent", "busy_then_declines", "hostile", "always_voicemail",
)  # fmt: skip
ALL_DAY = [{"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "24:00"}]
GAP_MINUTES = 5
_numbers = itertools.count(1)
_organizations = itertools.count(1)


@dataclass
class Run:
    """What one fault works on, and judges at the end."""

    name: str
    organizations: list[Organization]
    campaigns: list[Campaign]
    enrolled: set[UUID] = field(default_factory=set)  # every target there ever was
    limits: dict[UUID, int] = field(default_factory=dict)  # highest limit ever in force, by organization


def populate(
    system: System,
    name: str,
    people: int,
    *,
    limit: int = 8,
    personas: Sequence[str] = PERSONAS,
    retries: int = 2,
    start: bool = True,
) -> Run:
    """Create two organizations with `people` between them and three campaigns, started; return what was made."""
    run = Run(name, [], [])
    for side in ("a", "b"):
        organization = _organization(name, side, limit)
        agent, phone, _channel = connect_to_simulator(organization, number=f"+1312{next(_numbers):07d}")
        run.organizations.append(organization)
        run.limits[organization.pk] = limit
        for title in ("one", "two") if side == "a" else ("one",):
            campaign = create_campaign(
                organization=organization,
                owner=None,
                name=f"{name} {side} {title}",
                agent=agent,
                phone_number=phone,
                goal="The person agrees to come.",
                goal_spec={"objectives": [{"type": "ai", "label_in": ["positive"], "min_score": 0.5}]},
                call_attempt_delays=[GAP_MINUTES] * retries,
                working_hours=ALL_DAY,
            )
            run.campaigns.append(campaign)
    # Here most attempts fail on purpose, which must not pause anything.
    Campaign.objects.filter(pk__in=[campaign.pk for campaign in run.campaigns]).update(failure_limit_percent=None)
    write_simulator_accounts(system.accounts_path)
    add_people(run, people, personas=personas)
    for campaign in run.campaigns if start else ():
        start_campaign(campaign=campaign)
    return run


def _organization(name: str, side: str, limit: int) -> Organization:
    organization: Organization = Organization.objects.create(
        name=f"{name} {side}",
        slug=f"{name.lower()}-{side}-{next(_organizations)}",
        timezone="UTC",
        default_region="US",
        concurrency_limit=limit,
        minimum_gap_minutes=GAP_MINUTES,
        daily_contact_cap=100,
    )
    return organization


def add_people(run: Run, people: int, *, theirs: int | None = None, personas: Sequence[str] = PERSONAS) -> None:
    """Create more people and enrol them, half of them or `theirs` in the second organization.

    One in five of the first organization's is in both of its campaigns.
    """
    first, second, other = run.campaigns
    others = people // 2 if theirs is None else theirs
    our_people = _customers(run.organizations[0], people - others, personas)
    their_people = _customers(run.organizations[1], others, personas)
    for campaign, customers in ((first, our_people), (second, our_people[::5]), (other, their_people)):
        run.enrolled |= _enrolled(campaign, customers)


def _enrolled(campaign: Campaign, customers: list[UUID]) -> set[UUID]:
    """Enrol, and reopen the campaign where it had nothing left to do."""
    try:
        result = enrol(campaign=campaign, customer_ids=customers)
    except CampaignNotOpen:
        start_campaign(campaign=campaign, require_ready=False)
        result = enrol(campaign=campaign, customer_ids=customers)
    return set(result.target_ids.values())


@transaction.atomic
def _customers(organization: Organization, number: int, personas: Sequence[str]) -> list[UUID]:
    made = []
    for place in range(number):
        serial = next(_numbers)
        made.append(
            Customer(
                organization=organization,
                customer_id=f"c{serial}",
                name=f"Person {serial}",
                phone=f"+1212{serial:07d}",
                timezone="UTC",
                language="en",
                custom_fields={"simulator_persona": personas[place % len(personas)]},
            )
        )
    return [customer.pk for customer in Customer.objects.bulk_create(made, batch_size=500)]
