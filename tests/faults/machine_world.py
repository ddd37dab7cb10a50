"""The small world of the state machine: two organizations, three campaigns, eight people, and both kinds of time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.conf import settings
from django.db import connection

from campaigns import context
from campaigns.models import Campaign, Configuration
from campaigns.services.campaigns import make_system_stages
from customers.models import Customer
from lib import crash_points, wakeup
from lib.crypto import SecretBox
from organizations.models import (
    Agent,
    EmailChannel,
    Organization,
    PhoneNumber,
    ProviderAccount,
    User,
    WhatsAppChannel,
)
from providers import registry
from targets.models import CampaignTarget, InboxEvent, OutboxMessage
from tests.emptying import empty_used_tables
from tests.faults.machine_vendor import SECRET, Vendor
from tests.targets.world import clear_clock, set_clock

# A Monday, eleven in the morning in New York.
START = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
WEEKDAYS = [{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "19:00"}]
ALWAYS = [{"days": [0, 1, 2, 3, 4, 5, 6], "start": "00:00", "end": "24:00"}]

NEW_YORK, LOS_ANGELES = "+12125550101", "+13105550102"
ZONES_OF_NUMBERS = {
    NEW_YORK: {"America/New_York"},
    LOS_ANGELES: {"America/Los_Angeles"},
    "+13105550103": {"America/Los_Angeles"},
    "+34612345678": {"Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"},
}


@dataclass(slots=True)
class Person:
    """Somebody as the machine knows them, from no table of ours."""

    organization: str
    phones: tuple[str, ...] = ()
    email: str = ""
    stated_zone: str = ""
    customer_id: UUID | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        return (*self.phones, self.email) if self.email else self.phones

    def zones(self, default: str, address: str) -> set[str]:
        """Return every zone the person may be in; `default` is the campaign's for people who state none."""
        if self.stated_zone:
            return {self.stated_zone}
        numbers = [address] if address in self.phones else self.phones
        found = {zone for number in numbers for zone in ZONES_OF_NUMBERS[number]}
        return found | ({default} if default else set())


def people() -> list[Person]:
    return [
        Person("acme", (NEW_YORK, "+13105550103"), "ann@example.com"),
        Person("acme", (LOS_ANGELES,), "bob@example.com"),
        Person("acme", ("+34612345678",)),
        Person("acme", (NEW_YORK,)),  # shares a line with the first
        Person("acme", (), "eve@example.com", stated_zone="America/New_York"),
        Person("globex", (NEW_YORK,), "fay@example.com"),
        Person("globex", (LOS_ANGELES, "+34612345678")),
        Person("globex", ("+13105550103",), stated_zone="Pacific/Auckland"),
    ]


@dataclass(slots=True)
class World:
    """All rows of one example, the vendor, and the two clocks."""

    vendor: Vendor
    now: datetime = START
    organizations: dict[str, Organization] = field(default_factory=dict)
    accounts: dict[tuple[str, str], ProviderAccount] = field(default_factory=dict)  # by organization and kind
    campaigns: list[Campaign] = field(default_factory=list)
    people: list[Person] = field(default_factory=people)
    users: list[User] = field(default_factory=list)
    patches: ExitStack = field(default_factory=ExitStack)

    def open(self) -> None:
        """Clean the tables, plug the vendor in and write the world."""
        empty_used_tables()
        forget_everything()
        self.patches.enter_context(patch.dict(registry._VOICE, {"elevenlabs": self.vendor.voice}))
        messages = {"whatsapp": self.vendor.messenger, "email": self.vendor.messenger}
        self.patches.enter_context(patch.dict(registry._MESSAGES, messages))
        self.patches.enter_context(patch.dict(registry._ANALYZERS, {"openai": self.vendor.reader}))
        # A hint to workers reaches nobody here: the machine does their work.
        self.patches.enter_context(patch.object(wakeup, "publish", lambda *_args: None))
        self.set_clock(START)
        self._write()

    def close(self) -> None:
        crash_points.install(None)
        self.patches.close()
        clear_clock()

    def set_clock(self, at: datetime) -> None:
        self.now = at
        set_clock(at)

    def restart(self) -> None:
        """Lose what a process that dies loses: its connection, and all it remembered."""
        crash_points.install(None)
        connection.close()
        forget_everything()
        set_clock(self.now)

    def pass_real_time(self, passed: timedelta) -> None:
        """Let the machines' time pass: every lease, pause and time-out comes nearer."""
        shift = {"passed": f"{passed.total_seconds()} seconds"}
        with connection.cursor() as cursor:
            for table, (rows, *columns) in _SHIFTED.items():
                cursor.execute(_earlier(table, rows, *columns), shift)
        self.vendor.grow_older(passed)

    def person_of(self, customer_id: UUID) -> Person:
        return next(person for person in self.people if person.customer_id == customer_id)

    def _write(self) -> None:
        self.users = [User.objects.create(email="olga@example.com", name="Olga", is_superuser=True)]
        for slug in ("acme", "globex"):
            self._write_organization(slug)
        rows = [
            Customer(
                organization=self.organizations[person.organization],
                customer_id=f"person-{number}",
                phone=person.phones[0] if person.phones else None,
                other_phones=list(person.phones[1:]),
                email=person.email or None,
                timezone=person.stated_zone,
            )
            for number, person in enumerate(self.people)
        ]
        for person, row in zip(self.people, Customer.objects.bulk_create(rows), strict=True):
            person.customer_id = row.pk
        self._write_campaigns()

    def _write_organization(self, slug: str) -> None:
        organization = Organization.objects.create(name=slug, slug=slug, default_region="US", concurrency_limit=4)
        self.organizations[slug] = organization
        for kind, credential in _CREDENTIALS.items():
            sealed = _sealed(credential, slug)
            account = ProviderAccount(organization=organization, kind=kind, name=kind, credentials_encrypted=sealed)
            self.accounts[slug, kind] = account
        mine = [account for (owner, _kind), account in self.accounts.items() if owner == slug]
        ProviderAccount.objects.bulk_create(mine)

    def _write_campaigns(self) -> None:
        acme, globex = self._parts("acme"), self._parts("globex")
        self._write_campaign("acme", call_attempt_delays=[60, 240], goal="A demo.", goal_spec=_READ, **acme)
        other = {**acme, "first_contact_channel": "whatsapp", "email_after_attempts": 1, "whatsapp_after_attempts": 1}
        self._write_campaign("acme", call_attempt_delays=[30], goal_spec=_REACHED, **other)
        rules = Configuration.objects.create(
            organization=self.organizations["globex"],
            name="rules",
            default_timezone="America/New_York",
            windows=WEEKDAYS,
            overrides={"America/Los_Angeles": ALWAYS},
            max_retries=2,
            retry_policy={"busy": {"delays_minutes": [5], "next_number": False}},
        )
        self._write_campaign("globex", configuration=rules, goal="A demo.", goal_spec=_READ, **globex)

    def _parts(self, slug: str) -> dict[str, Any]:
        mine = {"organization": self.organizations[slug]}
        voice = self.accounts[slug, "elevenlabs"]
        return {
            "agent": Agent.objects.create(**mine, provider_account=voice, name="Ana", external_id="agent"),
            "phone_number": PhoneNumber.objects.create(
                **mine, provider_account=voice, number="+12125550199", external_id="line"
            ),
            "whatsapp_channel": WhatsAppChannel.objects.create(
                **mine,
                provider_account=self.accounts[slug, "whatsapp"],
                name="W",
                external_id="w",
                template_name="t",
                template_language="en",
            ),
            "whatsapp_first_message": "Hello!",
            "whatsapp_after_attempts": 2,
            "email_channel": EmailChannel.objects.create(
                **mine, provider_account=self.accounts[slug, "email"], name="E", from_address=f"hello@{slug}.example"
            ),
            "email_subject": "Hello",
            "email_first_message": "How are you?",
        }

    def _write_campaign(self, slug: str, **fields: Any) -> None:
        campaign = Campaign.objects.create(
            organization=self.organizations[slug],
            name=f"campaign {len(self.campaigns)}",
            working_hours=WEEKDAYS,
            failure_limit_percent=100,
            **fields,
        )
        make_system_stages(campaign)
        self.campaigns.append(campaign)


_READ = {"objectives": [{"type": "ai", "label_in": ["positive"]}]}
_REACHED = {"objectives": [{"type": "contact", "channels": ["call"]}]}
_CREDENTIALS = {"elevenlabs": "api_key", "whatsapp": "access_token", "email": "access_token", "analysis": "api_key"}
_SHIFTED = {
    "targets_attempt": ("state IN ('reserved', 'submitting', 'unknown', 'accepted')", "lease_until", "state_since"),
    "targets_inboxevent": ("processed_at IS NULL", "received_at", "next_try_at"),
    "targets_outboxmessage": ("sent_at IS NULL", "created_at", "next_try_at"),
    "organizations_provideraccount": ("paced_until IS NOT NULL", "paced_until"),
}


def _earlier(table: str, rows: str, *columns: str) -> str:
    changes = ", ".join(f"{column} = {column} - %(passed)s::interval" for column in columns)
    return f"UPDATE {table} SET {changes} WHERE {rows}"  # noqa: S608 - names of our own


@cache
def _sealed(credential: str, slug: str) -> str:
    """Return an account's credentials as they are stored: sealing them takes longer than everything else here."""
    return SecretBox(settings.FIELD_ENCRYPTION_KEYS).encrypt({credential: slug, "webhook_secret": SECRET})


def forget_everything() -> None:
    """Empty what this process keeps in memory between pieces of work."""
    context._kept.clear()
    registry._kept.cache_clear()
    wakeup._given.clear()


def unfinished() -> list[tuple[UUID, str, datetime | None]]:
    """Return (target, state, next step's time) of everybody for whom something is still to happen."""
    open_ones = CampaignTarget.objects.unfinished().exclude(state="review")
    alive = open_ones.filter(campaign__deleted_at__isnull=True).exclude(campaign__status="closed")
    return list(alive.values_list("pk", "state", "next_attempt_at"))


def waiting_queues() -> tuple[int, int]:
    """Return how many webhooks and effects still wait."""
    inbox = InboxEvent.objects.filter(processed_at__isnull=True).count()
    return inbox, OutboxMessage.objects.filter(sent_at__isnull=True).count()
