"""Connect organizations to the simulator: the same accounts, agents and channels they would have with the vendors."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.db import transaction

from organizations.models import Agent, EmailChannel, Organization, PhoneNumber, ProviderAccount, WhatsAppChannel
from organizations.services import read_credentials, set_credentials, webhook_address

Kind = ProviderAccount.Kind


@transaction.atomic
def connect_to_simulator(organization: Organization, *, number: str) -> tuple[Agent, PhoneNumber, WhatsAppChannel]:
    """Give `organization` an agent, a number (E.164) and a WhatsApp channel on simulated accounts. Safe to repeat.

    It gets a sender of emails as well, as `simulated_mailbox` returns it.
    """
    voice = _account(organization, Kind.ELEVENLABS, {"api_key": _secret(), "webhook_secret": _secret()})
    external = f"phone-{organization.slug}"
    whatsapp = _account(
        organization,
        Kind.WHATSAPP,
        {
            "access_token": _secret(),
            "webhook_secret": _secret(),
            "verify_token": _secret(),
            "phone_number_id": external,
        },
    )
    _account(organization, Kind.ANALYSIS, {"api_key": _secret()})
    simulated_mailbox(organization)
    agent, _ = Agent.objects.get_or_create(
        organization=organization,
        external_id=f"agent-{organization.slug}",
        defaults={
            "name": "Ana",
            "provider_account": voice,
            "opening_message": "Hello {{name}}, this is Ana from {{organization}}.",
        },
    )
    phone, _ = PhoneNumber.objects.get_or_create(
        organization=organization,
        number=number,
        defaults={"external_id": external, "label": "Outreach line", "provider_account": voice},
    )
    channel, _ = WhatsAppChannel.objects.get_or_create(
        organization=organization,
        external_id=external,
        defaults={
            "name": "WhatsApp",
            "provider_account": whatsapp,
            "template_name": "follow_up",
            "template_language": "en",
        },
    )
    return agent, phone, channel


def simulated_mailbox(organization: Organization) -> EmailChannel:
    """Return the organization's sender of emails on the simulator's mail server, made where it is missing.

    The account names no server, so the one of the setting EMAIL_BASE_URL is used, which asks for no credentials.
    """
    mailbox: EmailChannel
    mailbox, _ = EmailChannel.objects.get_or_create(
        organization=organization,
        name="Email",
        defaults={
            "provider_account": _account(organization, Kind.EMAIL, {}),
            "from_address": f"hello@{organization.slug}.example",
            "reply_to": f"desk@{organization.slug}.example",
        },
    )
    return mailbox


def simulated_email_service(organization: Organization, base_url: str) -> EmailChannel:
    """Return a sender of emails through the simulated email service at `base_url`, made where it is missing.

    Its account has a token and a webhook's password of its own, as an operator would enter them.
    """
    credentials = {"service": "postmark", "api_key": _secret(), "webhook_secret": f"hook:{_secret()}"}
    sender: EmailChannel
    sender, created = EmailChannel.objects.get_or_create(
        organization=organization, name="Email service", defaults={"from_address": f"news@{organization.slug}.example"}
    )
    if created:
        sender.provider_account = ProviderAccount.objects.create(
            organization=organization, kind=Kind.EMAIL, name="Simulated email service", base_url=base_url
        )
        set_credentials(account=sender.provider_account, credentials=credentials)
        sender.save(update_fields=["provider_account", "updated_at"])
    return sender


def _account(organization: Organization, kind: str, credentials: dict[str, str]) -> ProviderAccount:
    account: ProviderAccount
    account, created = ProviderAccount.objects.get_or_create(
        organization=organization, kind=kind, name=f"Simulated {Kind(kind).label}"
    )
    if created:
        set_credentials(account=account, credentials=credentials)
    return account


def _secret() -> str:
    return secrets.token_urlsafe(32)


def write_simulator_accounts(path: Path) -> None:
    """Tell the simulator who its customers are and where their webhooks go, in a file only we can read."""
    content: dict[str, list[dict[str, Any]]] = {"voice": [], "whatsapp": [], "postmark": [], "analysis": []}
    for account in ProviderAccount.objects.select_related("organization").order_by("pk"):
        credentials = read_credentials(account)
        hook = webhook_address(account)
        if account.kind == Kind.ELEVENLABS:
            content["voice"].append({**_only(credentials, "api_key", "webhook_secret"), "webhook_url": hook})
        elif account.kind == Kind.WHATSAPP:
            sender = _only(credentials, "access_token", "verify_token", "phone_number_id")
            content["whatsapp"].append(
                {**sender, "app_secret": credentials.get("webhook_secret", ""), "webhook_url": hook}
            )
        elif account.kind == Kind.EMAIL and credentials.get("service") == "postmark":
            server = {"server_token": credentials.get("api_key", ""), **_only(credentials, "webhook_secret")}
            content["postmark"].append({**server, "webhook_url": hook})
        elif account.kind == Kind.ANALYSIS:
            content["analysis"].append(_only(credentials, "api_key"))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)
    draft.replace(path)  # the simulator must never read half a file


def _only(credentials: dict[str, str], *names: str) -> dict[str, str]:
    return {name: credentials[name] for name in names if name in credentials}
