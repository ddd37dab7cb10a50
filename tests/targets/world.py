"""A small real world for tests of the engine: our web server for webhooks, the simulator, and the engine by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from campaigns.models import Campaign
from campaigns.services.campaigns import create_campaign
from campaigns.services.lifecycle import start_campaign
from customers.models import Customer
from lib import clock
from lib.clock import SESSION_VARIABLE, SimulatedClock
from organizations.models import Organization
from providers.simulator.config import SimulatorConfig
from providers.simulator.server import Simulator
from targets.claims import claim_due_work
from targets.completion import complete_finished_campaigns
from targets.enrolment import enrol
from targets.inbox import process_inbox
from targets.models import Attempt, CampaignTarget, InboxEvent
from targets.simulation import connect_to_simulator, write_simulator_accounts
from targets.submission import submit_attempt
from targets.verification import drain_verifications
from tests.factories import CustomerFactory

PATIENCE_SECONDS = 10.0
AI_GOAL = {"objectives": [{"type": "ai", "label_in": ["positive"], "min_score": 0.5}]}


def set_clock(at: datetime) -> None:
    """Stop the clock of decisions at `at`, in Python and in this connection's session."""
    line = SimulatedClock(real_anchor=at, simulated_anchor=at, rate=0.0)
    clock.install(line)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [SESSION_VARIABLE, str(line)])


def clear_clock() -> None:
    clock.install(None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', false)", [SESSION_VARIABLE])


class World:
    """Runs the engine step by step; every call is a real HTTP request to the simulator, every result a real webhook."""

    def __init__(self, folder: Path) -> None:
        self.log_path = folder / "log.jsonl"
        self.accounts_path = folder / "accounts.json"
        self.forced: dict[str, str] = {}
        self.simulator = Simulator(
            SimulatorConfig(
                log_path=self.log_path,
                accounts_path=self.accounts_path,
                time_factor=20_000.0,
                forced=self.forced,
            )
        )

    def campaign(self, organization: Organization, **fields: Any) -> Campaign:
        """Create a campaign on simulated accounts, with an AI goal unless told otherwise."""
        number = "+12125550199" if organization.slug == "acme" else "+13125550198"
        agent, phone, channel = connect_to_simulator(organization, number=number)
        write_simulator_accounts(self.accounts_path)
        settings = {
            "name": "Spring",
            "agent": agent,
            "phone_number": phone,
            "whatsapp_channel": channel,
            "whatsapp_first_message": "Hello {{name}}!",
            "goal": "The person agrees to come to the demo.",
            "goal_spec": AI_GOAL,
            "call_attempt_delays": [60, 240],
        }
        return create_campaign(organization=organization, owner=None, **{**settings, **fields})

    def person(self, organization: Organization, persona: str, phone: str, **fields: Any) -> Customer:
        """Create a customer who behaves as `persona`."""
        self.forced[phone] = persona
        customer: Customer = CustomerFactory(organization=organization, phone=phone, **fields)
        return customer

    def enrol(self, campaign: Campaign, *customers: Customer) -> CampaignTarget:
        """Enrol the customers, start the campaign, and return the first one's target."""
        enrol(campaign=campaign, customer_ids=[customer.pk for customer in customers])
        if campaign.status == "draft":
            start_campaign(campaign=campaign)
            campaign.refresh_from_db()
        target: CampaignTarget = CampaignTarget.objects.get(campaign=campaign, customer=customers[0])
        return target

    def step(self) -> int:
        """Claim what is due, send it, hear what became of it, read what was said; return how many were claimed."""
        claims = claim_due_work(worker="test")
        for claim in claims:
            submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
        self.hear()
        return len(claims)

    def hear(self) -> None:
        """Wait until no call is in the air and every webhook is in, then apply them and read the conversations."""
        self.wait(self._is_silent)
        while process_inbox():
            pass
        drain_verifications()
        complete_finished_campaigns()

    def _is_silent(self) -> bool:
        stats = self.simulator.stats()
        in_the_air = Attempt.objects.filter(state="accepted").count()
        heard = InboxEvent.objects.filter(processed_at__isnull=True).count()
        return stats["webhooks_pending"] == 0 and stats["scheduled"] == 0 and (heard > 0 or in_the_air == 0)

    @staticmethod
    def wait(condition: Callable[[], bool]) -> None:
        stop = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < stop, "the world did not get there in time"
            time.sleep(0.01)

    def placed(self) -> list[dict[str, Any]]:
        """Return the calls that really took place, by the simulator's own record."""
        facts = map(json.loads, self.log_path.read_text().splitlines())
        return [fact for fact in facts if fact["fact"] == "call_placed"]
