"""Turn an attempt into a request for the vendor that carries it out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from lib.crypto import SecretError
from lib.db.clock import read_clock
from organizations.models import Organization, ProviderAccount
from organizations.services import read_credentials
from providers.analysis.contract import GoalAnalyzer
from providers.base import CallRequest, MessageProvider, MessageRequest, RefusalCode, SubmitResult, VoiceProvider
from providers.registry import (
    BadCredentialsError,
    UnknownProviderError,
    goal_analyzer,
    message_provider,
    voice_provider,
)
from targets.checks import Held
from targets.models import Attempt, CampaignTarget
from targets.unsubscription import unsubscribe_url
from targets.wording import email_words, personalized

log = structlog.get_logger(__name__)

Channel = CampaignTarget.Channel
TARGET_VARIABLE = "target_id"

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
    try:
        return _PREPARE[Channel(attempt.channel)](attempt, target)
    except (BadCredentialsError, UnknownProviderError, SecretError) as error:
        log.warning("prepare.account_unusable", attempt=str(attempt.pk), error=type(error).__name__)
        return Held("provider_unusable", read_clock() + timedelta(minutes=15))


def _incomplete(what: str) -> Held:
    return Held(f"campaign.no_{what}", read_clock() + timedelta(minutes=15))


def _stopped() -> Held:
    return Held("provider_stopped", read_clock() + timedelta(minutes=5))


def _prepare_call(attempt: Attempt, target: CampaignTarget) -> Outgoing | Held:
    campaign, agent = target.campaign, target.assigned_agent or target.campaign.agent
    if agent is None or not agent.external_id or agent.provider_account is None:
        return _incomplete("agent")
    line = attempt.phone_number if target.call_overrides.get("agent_number") else campaign.phone_number
    if line is None or not line.external_id:
        return _incomplete("phone_number")
    account = agent.provider_account
    if account.stopped_at is not None:
        return _stopped()
    opening = campaign.call_opening_message or agent.opening_message
    request = CallRequest(
        reference=str(attempt.pk),
        to_number=attempt.address,
        agent_external_id=agent.external_id,
        from_external_id=line.external_id,
        variables=_variables(target),
        first_message=personalized(opening, target),
        language=target.customer.language,
        agent_config=_agent_config(target),
    )
    provider = voice_for(account)
    return Outgoing(account.pk, request.first_message, lambda: provider.place_call(request))


def _prepare_whatsapp(attempt: Attempt, target: CampaignTarget) -> Outgoing | Held:
    channel = target.campaign.whatsapp_channel
    if channel is None or channel.is_deleted or not channel.external_id or channel.provider_account is None:
        return _incomplete("whatsapp_channel")
    account = channel.provider_account
    if account.stopped_at is not None:
        return _stopped()
    text = personalized(target.campaign.whatsapp_first_message or "", target)
    if not text.strip():
        return _incomplete("whatsapp_message")
    in_session = _in_session(attempt, target.customer.last_inbound_at, account.pk)
    if not in_session and not channel.template_name:
        return _incomplete("whatsapp_template")
    request = MessageRequest(
        reference=str(attempt.pk),
        to_address=attempt.address,
        from_external_id=channel.external_id,
        text=text if in_session else "",
        template_name="" if in_session else channel.template_name,
        template_language="" if in_session else channel.template_language,
        template_parameters=() if in_session else (_one_line(text),),  # WhatsApp refuses parameters with line breaks
    )
    provider = messenger_for(account)
    return Outgoing(account.pk, text, lambda: provider.send_message(request))


def _in_session(attempt: Attempt, last_inbound_at: datetime | None, account_id: UUID) -> bool:
    """Say whether free text may go out: the person wrote within a day, and WhatsApp has not said otherwise since.

    Where WhatsApp counts the window differently from us, it is right, until the person writes again.
    """
    if last_inbound_at is None or read_clock() - last_inbound_at >= SESSION:
        return False
    attempts = Attempt.objects.for_organization(attempt.organization_id).filter(
        customer_id=attempt.customer_id, channel=Channel.WHATSAPP, provider_account_id=account_id
    )
    told = attempts.filter(error_code=RefusalCode.OUTSIDE_SESSION, submit_started_at__gte=last_inbound_at)
    return not told.exists()


def _prepare_email(attempt: Attempt, target: CampaignTarget) -> Outgoing | Held:
    campaign, channel = target.campaign, target.campaign.email_channel
    if channel is None or channel.is_deleted or channel.provider_account is None:
        return _incomplete("email_channel")
    account = channel.provider_account
    if account.stopped_at is not None:
        return _stopped()
    subject = personalized(campaign.email_subject or "", target)
    text = personalized(campaign.email_first_message or "", target)
    if not subject.strip():
        return _incomplete("email_subject")
    if not text.strip():
        return _incomplete("email_message")
    leave = unsubscribe_url(attempt.pk)
    words = email_words(text, target, unsubscribe_url=leave)
    request = MessageRequest(
        reference=str(attempt.pk),
        to_address=attempt.address,
        from_external_id=formataddr((_one_line(campaign.organization.name), channel.from_address)),
        subject=subject,
        text=words.text,
        html=words.html,
        reply_to=channel.reply_to,
        # Mail programs post only over TLS; without it the link in the text is the way.
        unsubscribe_url=leave if leave.startswith("https://") else "",
        unsubscribe_address=channel.reply_to,
    )
    provider = messenger_for(account)
    return Outgoing(account.pk, f"{subject}\n\n{text}", lambda: provider.send_message(request))


def _one_line(text: str) -> str:
    return " ".join(text.split())


_PREPARE: Mapping[Channel, Callable[[Attempt, CampaignTarget], Outgoing | Held]] = {
    Channel.CALL: _prepare_call,
    Channel.WHATSAPP: _prepare_whatsapp,
    Channel.EMAIL: _prepare_email,
}


def _variables(target: CampaignTarget) -> dict[str, str | int | float | bool]:
    """Return what the agent may say about the person: the target's own data wins over what we know anyway."""
    customer, configuration = target.customer, target.campaign.configuration
    known: dict[str, str | int | float | bool] = {
        "customer_name": customer.name or "",
        "customer_surname": customer.surname or "",
        "organization_name": target.campaign.organization.name,
        "campaign_name": target.campaign.name,
        "campaign_goal": target.campaign.goal or "",
    }
    asked = target.call_overrides
    version = asked.get("agent_version") or (configuration.agent_version if configuration else "")
    extra = {
        **({"agent_version": version} if version else {}),
        **(configuration.initial_context if configuration else {}),
        **customer.custom_fields,
        **(asked.get("initial_context") or {}),
        **target.data,
    }
    given = {key: _variable(value) for key, value in extra.items()}
    # Echoed by the provider: after a restore it tells whose call it was, when the attempt is not known here any more.
    return known | given | {TARGET_VARIABLE: str(target.pk)}


def _variable(value: Any) -> str | int | float | bool:
    """Return a value as providers take it: what is no plain one goes out whole, as JSON."""
    if isinstance(value, str | int | float | bool):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _agent_config(target: CampaignTarget) -> dict[str, Any]:
    """Return what the agent is told to do otherwise in this call, in the provider's own words."""
    configuration = target.campaign.configuration
    return {
        **(configuration.agent_config if configuration else {}),
        **(target.call_overrides.get("agent_config") or {}),
    }


def voice_for(account: ProviderAccount) -> VoiceProvider:
    """Return the adapter that places and looks up calls on `account`."""
    return voice_provider(account.kind, read_credentials(account), account.base_url or settings.ELEVENLABS_BASE_URL)


def messenger_for(account: ProviderAccount) -> MessageProvider:
    """Return the adapter that sends messages on `account`. Raises as `providers.registry.message_provider`."""
    is_email = account.kind == ProviderAccount.Kind.EMAIL
    usual = settings.EMAIL_BASE_URL if is_email else settings.WHATSAPP_BASE_URL
    return message_provider(account.kind, read_credentials(account), account.base_url or usual)


def analyzer_for(organization_id: UUID) -> GoalAnalyzer:
    """Return the analyzer that reads the organization's conversations, as it chose.

    That is a model where it wants one and one is set up: an account of its own wins over the platform's. It is the
    local one where it wants that, and where no model can be used.
    """
    if Organization.objects.get(pk=organization_id).analyzer == Organization.Analyzer.LOCAL:
        return local_analyzer()
    accounts = ProviderAccount.objects.for_organization(organization_id).filter(kind=ProviderAccount.Kind.ANALYSIS)
    account = accounts.filter(stopped_at__isnull=True).order_by("created_at").first()
    if account is None:
        return platform_analyzer() or local_analyzer()
    try:
        return _model(read_credentials(account), account.base_url)
    except (BadCredentialsError, SecretError) as error:
        log.warning("analyzer.account_unusable", account=str(account.pk), error=type(error).__name__)
        return local_analyzer()


def local_analyzer() -> GoalAnalyzer:
    """Return the analyzer that needs nobody."""
    return goal_analyzer("local", {}, "")


def platform_analyzer() -> GoalAnalyzer | None:
    """Return the platform's model, None where none is set up."""
    return _model({"api_key": settings.ANALYSIS_API_KEY}, "") if settings.ANALYSIS_API_KEY else None


def _model(credentials: Mapping[str, str], base_url: str) -> GoalAnalyzer:
    named = {"model": settings.ANALYSIS_MODEL, **credentials}
    return goal_analyzer("openai", named, base_url or settings.ANALYSIS_BASE_URL)
