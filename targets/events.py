"""Apply a provider's news to what it is about. The tenant comes from the matched row, never from the event."""

from __future__ import annotations

from uuid import UUID

from customers.models import Customer, Suppression
from customers.models.suppression import Channel as SuppressionChannel
from customers.suppressions import suppress
from lib.db.clock import read_clock
from organizations.models import ProviderAccount
from providers.base import (
    CallEvent,
    DeliveryEvent,
    InboundEvent,
    PreferenceEvent,
    ProviderEvent,
)
from targets.attempts import lock_attempt
from targets.models import Attempt, CampaignTarget, InboundMessage
from targets.outcomes import apply_call_report, apply_delivery
from targets.stopwords import asks_to_stop


def apply_event(event: ProviderEvent, *, account: ProviderAccount, body_hash: str) -> str:
    """Apply one event of `account`; return ``applied``, ``known``, ``conflict``, ``ignored`` or ``unmatched``."""
    match event:
        case CallEvent(report=report):
            attempt_id = _find_attempt(account, report.reference, report.provider_id)
            if attempt_id is None:
                return _unmatched(report.reference, report.provider_id)
            return apply_call_report(lock_attempt(attempt_id), report, source="webhook")
        case DeliveryEvent():
            attempt_id = _find_attempt(account, event.reference, event.provider_id)
            if attempt_id is None:
                return _unmatched(event.reference, event.provider_id)
            return apply_delivery(lock_attempt(attempt_id), event.status, event.provider_id, source="webhook")
        case InboundEvent():
            return _keep_inbound(event, account)
        case PreferenceEvent(stop=True):
            return _stop_messages(event.from_address, account, Suppression.Source.PROVIDER)
        case _:
            return "ignored"


def _find_attempt(account: ProviderAccount, reference: str, provider_id: str) -> UUID | None:
    """Return the attempt of this account's organization, by our own reference first, by the provider's id second."""
    attempts = Attempt.objects.for_organization(account.organization_id)
    found = None
    if _is_uuid(reference):
        found = attempts.filter(pk=reference).exclude(submit_started_at__isnull=True)
    elif provider_id:
        found = attempts.filter(provider_account=account, provider_id=provider_id)
    return found.values_list("pk", flat=True).first() if found is not None else None


def _unmatched(reference: str, provider_id: str) -> str:
    """Say that the event has to wait: it may have overtaken the answer that tells us the provider's id."""
    return "unmatched" if reference or provider_id else "ignored"


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _keep_inbound(event: InboundEvent, account: ProviderAccount) -> str:
    """Record a person's message; it opens the window for free text, and a stop word ends all contact at once."""
    at = read_clock()
    customer = _customer_at(event.from_address, account)
    target = _latest_target(customer, event, account)
    _message, created = InboundMessage.objects.get_or_create(
        provider_account_id=account.pk,
        provider_id=event.provider_id,
        defaults={
            "organization_id": account.organization_id,
            "customer": customer,
            "target": target,
            "channel": CampaignTarget.Channel.WHATSAPP,
            "text": event.text,
            "received_at": at,
            "raw": dict(event.raw),
        },
    )
    if not created:
        return "known"
    if customer is not None:
        Customer.all_objects.filter(pk=customer.pk).update(last_inbound_at=at)
    if asks_to_stop(event.text) and event.from_address:
        _stop_messages(event.from_address, account, Suppression.Source.KEYWORD)
    return "applied"


def _customer_at(address: str, account: ProviderAccount) -> Customer | None:
    if not address:
        return None
    customers = Customer.objects.for_organization(account.organization_id).filter(phone=address)
    found: Customer | None = customers.order_by("-created_at").first()
    return found


def _latest_target(customer: Customer | None, event: InboundEvent, account: ProviderAccount) -> CampaignTarget | None:
    """Return whom the message answers: the quoted attempt's target, else the one this person was last written to as."""
    attempts = Attempt.objects.for_organization(account.organization_id).filter(provider_account=account)
    if event.reply_to_provider_id:
        quoted = attempts.filter(provider_id=event.reply_to_provider_id).select_related("target").first()
        if quoted:
            target: CampaignTarget = quoted.target
            return target
    if customer is None:
        return None
    latest = attempts.filter(customer=customer).order_by("-reserved_at").select_related("target").first()
    return latest.target if latest else None


def _stop_messages(address: str, account: ProviderAccount, source: Suppression.Source) -> str:
    """Suppress the address: a stop word ends every channel, a provider's marketing switch only its own."""
    if not address:
        return "ignored"
    channel = SuppressionChannel.WHATSAPP if source == Suppression.Source.PROVIDER else ""
    suppress(organization=account.organization, address=address, channel=channel, source=source)
    return "applied"
