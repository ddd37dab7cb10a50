"""Turn an attempt into a request for the vendor that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from lib.db.clock import read_clock
from organizations.models import ProviderAccount
from organizations.services import read_credentials
from providers.analysis.contract import GoalAnalyzer
from providers.base import CallRequest, MessageProvider, MessageRequest, SubmitResult, VoiceProvider
from providers.registry import goal_analyzer, message_provider, voice_provider
from targets.checks import Held
from targets.models import Attempt, CampaignTarget

Channel = CampaignTarget.Channel

# A person's own message opens WhatsApp's window for free text for this long.
SESSION = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that is ready to go, and the account it goes through."""

    account_id: UUID
    text: str
    send: Callable[[], SubmitResult]


def prepare(attempt: Attempt, target: CampaignTarget) -> Outgoing | Held:
    """Build the request for `attempt`; Held where the campaign lacks something it needs."""
    if attempt.channel == Channel.WHATSAPP:
        return _prepare_whatsapp(attempt, target)
    return _prepare_call(attempt, target)


def _incomplete(what: str) -> Held:
    return Held(f"campaign.no_{what}", read_clock() + timedelta(minutes=15))


def _prepare_call(attempt: Attempt, target: CampaignTarget) -> Outgoing | Held:
    campaign, agent = target.campaign, target.assigned_agent or target.campaign.agent
    if agent is None or not agent.external_id or agent.provider_account is None:
        return _incomplete("agent")
    if campaign.phone_number is None or not campaign.phone_number.external_id:
        return _incomplete("phone_number")
    account = agent.provider_account
    if account.stopped_at is not None:
        return Held("provider_stopped", read_clock() + timedelta(minutes=5))
    opening = campaign.call_opening_message or agent.opening_message
    request = CallRequest(
        reference=str(attempt.pk),
        to_number=attempt.address,
        agent_external_id=agent.external_id,
        from_external_id=campaign.phone_number.external_id,
        variables=_variables(target),
        first_message=personalized(opening, target),
        language=target.customer.language,
    )
    provider = voice_for(account)
    return Outgoing(account.pk, request.first_message, lambda: provider.place_call(request))


def _prepare_whatsapp(attempt: Attempt, target: CampaignTarget) -> Outgoing | Held:
    channel = target.campaign.whatsapp_channel
    if channel is None or not channel.external_id or channel.provider_account is None:
        return _incomplete("whatsapp_channel")
    account = channel.provider_account
    if account.stopped_at is not None:
        return Held("provider_stopped", read_clock() + timedelta(minutes=5))
    text = personalized(target.campaign.whatsapp_first_message or "", target)
    in_session = _in_session(target.customer.last_inbound_at)
    if not in_session and not channel.template_name:
        return _incomplete("whatsapp_template")
    request = MessageRequest(
        reference=str(attempt.pk),
        to_address=attempt.address,
        from_external_id=channel.external_id,
        text=text if in_session else "",
        template_name="" if in_session else channel.template_name,
        template_language="" if in_session else channel.template_language,
        template_parameters=() if in_session else (text,),
    )
    provider = messenger_for(account)
    return Outgoing(account.pk, text, lambda: provider.send_message(request))


def _in_session(last_inbound_at: datetime | None) -> bool:
    return last_inbound_at is not None and read_clock() - last_inbound_at < SESSION


def _variables(target: CampaignTarget) -> dict[str, str | int | float | bool]:
    """Return what the agent may say about the person: the target's own data wins over what we know anyway."""
    customer = target.customer
    known: dict[str, str | int | float | bool] = {
        "customer_name": customer.name or "",
        "customer_surname": customer.surname or "",
        "organization_name": target.campaign.organization.name,
        "campaign_name": target.campaign.name,
        "campaign_goal": target.campaign.goal or "",
    }
    extra = {**customer.custom_fields, **target.data}
    return known | {key: value for key, value in extra.items() if isinstance(value, str | int | float | bool)}


def personalized(text: str, target: CampaignTarget) -> str:
    """Fill ``{{name}}``, ``{{surname}}`` and ``{{organization}}`` into an operator's text."""
    customer = target.customer
    filled = text
    for key, value in (
        ("name", customer.name or ""),
        ("surname", customer.surname or ""),
        ("organization", target.campaign.organization.name),
    ):
        filled = filled.replace("{{" + key + "}}", value)
    return filled


def voice_for(account: ProviderAccount) -> VoiceProvider:
    """Return the adapter that places and looks up calls on `account`."""
    return voice_provider(account.kind, read_credentials(account), account.base_url or settings.ELEVENLABS_BASE_URL)


def messenger_for(account: ProviderAccount) -> MessageProvider:
    """Return the adapter that sends messages on `account`."""
    return message_provider(account.kind, read_credentials(account), account.base_url or settings.WHATSAPP_BASE_URL)


def analyzer_for(organization_id: UUID) -> GoalAnalyzer | None:
    """Return the analyzer that reads the organization's conversations, None where none is set up.

    An account of the organization's own wins over the platform's.
    """
    accounts = ProviderAccount.objects.for_organization(organization_id).filter(kind=ProviderAccount.Kind.ANALYSIS)
    account = accounts.filter(stopped_at__isnull=True).order_by("created_at").first()
    if account is not None:
        credentials = read_credentials(account)
        base_url = account.base_url or settings.ANALYSIS_BASE_URL
    elif settings.ANALYSIS_API_KEY:
        credentials, base_url = {"api_key": settings.ANALYSIS_API_KEY}, settings.ANALYSIS_BASE_URL
    else:
        return None
    return goal_analyzer("openai", {"model": settings.ANALYSIS_MODEL, **credentials}, base_url)
