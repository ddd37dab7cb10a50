from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from organizations.management.answers import Answer, AnsweringCommand
from organizations.services import create_organization


class Command(AnsweringCommand):
    help = "Create an organization: a tenant with its own customers, campaigns and keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="how people call it")
        parser.add_argument("--slug", default="", help="its name in commands; made from NAME if left out")
        parser.add_argument(
            "--timezone", default="", metavar="ZONE", help="of people whose own is unknown, such as Europe/Rome"
        )
        parser.add_argument(
            "--region", default="", metavar="CC", help="country of phone numbers without a country code, such as IT"
        )
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        organization = create_organization(
            name=options["name"],
            slug=options["slug"],
            timezone=options["timezone"],
            default_region=options["region"],
        )
        facts = {
            "id": str(organization.pk),
            "slug": organization.slug,
            "name": organization.name,
            "timezone": organization.timezone,
            "region": organization.default_region,
        }
        return Answer("Created the organization.", facts)
