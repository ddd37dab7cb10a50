from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from campaigns.models import Campaign
from campaigns.services import create_campaign
from organizations.management.answers import Answer, AnsweringCommand
from organizations.models import Organization
from organizations.services import create_organization
from targets.demo.crowd import EVERY_HOUR, MOST, seed_crowd

ORGANIZATION = "Crowd"
CAMPAIGN = "A campaign with everybody in it"


class Command(AnsweringCommand):
    help = (
        "Load an organization of its own with a campaign of a million made-up people, to see how the admin bears them."
        " Safe to interrupt and to repeat: it goes on where it stopped. The campaign is a draft, so nobody is called."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--count", type=int, default=1_000_000, help=f"people, up to {MOST:,} (1,000,000)")
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        count = options["count"]
        if not 1 <= count <= MOST:
            raise CommandError(f"--count is from 1 to {MOST}")
        began = time.monotonic()
        campaign = _campaign()
        there = seed_crowd(campaign=campaign, count=count, on_progress=self._tell)
        facts = {"campaign": str(campaign.pk), "people": there, "seconds": round(time.monotonic() - began, 1)}
        return Answer("The crowd is there.", facts)

    def _tell(self, done: int) -> None:
        self.stderr.write(f"{done:,} …")


def _campaign() -> Campaign:
    """Return the crowd's campaign, made with its organization where it is missing."""
    organization = Organization.objects.filter(slug=ORGANIZATION.lower()).first()
    if organization is None:
        organization = create_organization(name=ORGANIZATION, timezone="America/New_York", default_region="US")
    found: Campaign | None = Campaign.objects.for_organization(organization).filter(name=CAMPAIGN).first()
    return found or create_campaign(organization=organization, owner=None, name=CAMPAIGN, working_hours=EVERY_HOUR)
