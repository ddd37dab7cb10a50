"""Campaigns that write, and what really came of it by the simulator's own record."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from campaigns.models import Campaign
from customers.models import Customer
from organizations.models import Organization, ProviderAccount
from organizations.services import read_credentials
from targets.inbox import ReceiveResult, process_inbox, receive_webhook
from targets.models import Attempt, CampaignTarget, InboxEvent
from targets.simulation import simulated_mailbox
from tests.providers.whatsapp import samples
from tests.targets.world import World

NEW_YORK = "+12125550101"
ANA = "ana@example.com"
CHANNELS = ["whatsapp", "email"]


def writing_campaign(world: World, organization: Organization, **fields: Any) -> Campaign:
    """Create a campaign that can write over both channels."""
    settings = {
        "email_channel": simulated_mailbox(organization),
        "email_subject": "{{name}}, one question",
        "email_first_message": "Dear {{name}} {{surname}},\n\nwill you come? Yours, {{organization}}",
        "email_after_attempts": 2,
    }
    return world.campaign(organization, **{**settings, **fields})


def person(world: World, organization: Organization, persona: str = "never_answers", **fields: Any) -> Customer:
    """Create Ana, who has a number and an email address."""
    return world.person(organization, persona, **{"phone": NEW_YORK, "email": ANA, "name": "Ana", **fields})


def to_be_written(world: World, campaign: Campaign, customer: Customer, channel: str) -> CampaignTarget:
    """Enrol a customer whose next step, due now, is a message over `channel`."""
    target = world.enrol(campaign, customer)
    CampaignTarget.objects.filter(pk=target.pk).update(next_channel=channel)
    target.refresh_from_db()
    return target


def sent(world: World) -> list[dict[str, Any]]:
    """Return the messages and emails that were really taken."""
    facts = map(json.loads, world.log_path.read_text().splitlines())
    return [fact for fact in facts if fact["fact"] in ("message_accepted", "email_accepted")]


def the_message() -> Attempt:
    attempt: Attempt = Attempt.objects.exclude(channel="call").get()
    return attempt


def webhook(account: ProviderAccount, body: dict[str, Any]) -> str:
    """Deliver a signed webhook of WhatsApp and apply it; return what became of it."""
    raw = json.dumps(body).encode()
    secret = read_credentials(account)["webhook_secret"]
    signature = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": signature}
    received = receive_webhook(receiver="whatsapp", account_id=account.pk, body=raw, headers=headers)
    assert received is ReceiveResult.STORED
    process_inbox()
    event = InboxEvent.objects.filter(provider_account=account).latest("received_at")
    return event.result


def reply(account: ProviderAccount, text: str, *, at: datetime, **parts: Any) -> str:
    """Have Ana write back at the instant `at`."""
    words = {"id": f"wamid.{uuid4().hex}", "timestamp": str(int(at.timestamp())), "text": {"body": text}}
    message = samples.message(**{**words, "from": NEW_YORK.removeprefix("+"), **parts})
    return webhook(account, samples.delivery(messages=[message]))


def whatsapp_account() -> ProviderAccount:
    account: ProviderAccount = ProviderAccount.objects.get(kind="whatsapp")
    return account
