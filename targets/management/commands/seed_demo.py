from __future__ import annotations

import json
import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from campaigns.models import Campaign
from campaigns.services.campaigns import create_campaign
from customers.models import Customer
from customers.services.customers import CustomerData, create_customer
from lib import clock
from organizations.models import ApiKey, Organization, User
from organizations.services import authenticate_token, issue_api_key
from targets.enrolment import enrol
from targets.simulation import connect_to_simulator, write_simulator_accounts

ADMIN_EMAIL = "admin@example.com"
CAMPAIGN = "Invite customers to the spring demo"
# Numbers set aside for fiction where their country has such numbers.
PEOPLE = [
    ("Grace", "Okafor", "+12125550101"),
    ("Liam", "Novak", "+13125550102"),
    ("Mia", "Castellanos", "+14155550103"),
    ("Noah", "Lindqvist", "+13035550104"),
    ("Olivia", "Tanaka", "+12065550105"),
    ("Ethan", "Mbeki", "+16175550106"),
    ("Amelia", "Hart", "+442079460107"),
    ("Oscar", "Whitlock", "+441614960108"),
    ("Lucía", "Ferrer", "+34910000109"),
    ("Mateo", "Quiroga", "+34930000110"),
    ("Giulia", "Bernardi", "+390612340111"),
    ("Marco", "Sartori", "+390212340112"),
]


class Command(BaseCommand):
    help = "Fill the database with two organizations, acme with a sample campaign and globex. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the login and the API key as a JSON object")
        parser.add_argument("--login", type=Path, help="file that keeps the login between runs")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = os.environ.get("SIMULATOR_ACCOUNTS")
        login_file = options["login"] or (Path(accounts).with_name("login.json") if accounts else None)
        with transaction.atomic():
            acme, campaign = seed_acme()
            seed_globex()
            login = _login(acme, login_file)
        if accounts:
            write_simulator_accounts(Path(accounts))
        if options["json"]:
            self.stdout.write(json.dumps({**login, "organization": acme.slug, "campaign_id": str(campaign.pk)}))


def seed_acme() -> tuple[Organization, Campaign]:
    """Return the organization acme and its sample campaign, made where they are missing."""
    acme, _ = Organization.objects.get_or_create(
        slug="acme",
        defaults={"name": "Acme", "timezone": "America/New_York", "default_region": "US", "minimum_gap_minutes": 1},
    )
    agent, phone, channel = connect_to_simulator(acme, number="+12125550199")
    campaign = Campaign.objects.for_organization(acme).filter(name=CAMPAIGN).first()
    if campaign is None:
        campaign = create_campaign(
            organization=acme,
            owner=None,
            name=CAMPAIGN,
            agent=agent,
            phone_number=phone,
            whatsapp_channel=channel,
            goal="The person agrees to come to the product demo.",
            goal_spec={"objectives": [{"type": "ai", "label_in": ["positive"], "min_score": 0.6}]},
            call_opening_message="Hello {{name}}, this is Ana from {{organization}}. Do you have a minute?",
            whatsapp_first_message="Hello {{name}}, we tried to call you about our spring demo. Shall we talk?",
            whatsapp_after_attempts=2,
            call_attempt_delays=[1, 2, 5],
            # At any hour, so that it runs whenever somebody tries it: only the simulator is called.
            working_hours=[{"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "24:00"}],
        )
        enrol(campaign=campaign, customer_ids=[_customer(acme, person).pk for person in PEOPLE])
    return acme, campaign


def seed_globex() -> Organization:
    """Return the organization globex, made where it is missing: the neighbour nobody of acme may see."""
    globex: Organization
    globex, _ = Organization.objects.get_or_create(
        slug="globex", defaults={"name": "Globex", "timezone": "Europe/Madrid", "default_region": "ES"}
    )
    connect_to_simulator(globex, number="+34910000199")
    return globex


def _customer(organization: Organization, person: tuple[str, str, str]) -> Customer:
    name, surname, phone = person
    known: Customer | None = Customer.objects.for_organization(organization).filter(phone=phone).first()
    if known:
        return known
    return create_customer(organization=organization, data=CustomerData(name=name, surname=surname, phone=phone))


def _login(acme: Organization, file: Path | None) -> dict[str, str]:
    """Return a working login: the one kept in `file`, or a fresh one, which is then kept there."""
    kept = _kept(file)
    if kept:
        return kept
    password = secrets.token_urlsafe(12)
    admin = User.objects.filter(email=ADMIN_EMAIL).first()
    if admin is None:
        admin = User.objects.create_superuser(ADMIN_EMAIL, password, name="Demo admin")
    else:
        admin.set_password(password)
        admin.save()
    issued = issue_api_key(organization=acme, kind=ApiKey.Kind.UMANIZE, name="demo")
    login = {"admin_email": ADMIN_EMAIL, "admin_password": password, "api_key": issued.token}
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(login, out)
    return login


def _kept(file: Path | None) -> dict[str, str] | None:
    try:
        login: dict[str, str] = json.loads(file.read_text()) if file else {}
    except (OSError, ValueError):
        return None
    admin = User.objects.filter(email=login.get("admin_email", "")).first()
    if admin is None or not admin.check_password(login.get("admin_password", "")):
        return None
    key = authenticate_token(kind=ApiKey.Kind.UMANIZE, token=login.get("api_key", ""), at=clock.now())
    return login if key else None
