"""Apply a provider's news to what it is about. The tenant comes from the matched row, never from the event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from customers.models import Customer, Suppression
from customers.models.suppression import Channel as SuppressionChannel
from customers.services.addresses import is_stored_form, lock_for_rules
from lib.db.clock import read_clock
from organizations.models import ProviderAccount
from providers.base import (
    CallEvent,
    DeliveryEvent,
    InboundEvent,
    PreferenceEvent,
    ProviderEvent,
    RefusalCode,
)
from targets.attempts import lock_attempt
from targets.deliveries import apply_delivery, keep_opt_out
from targets.models import Attempt, CampaignTarget, InboundMessage
from targets.optouts import addresses_behind, opt_out_address, opt_out_whoever_wrote
from targets.outcomes import apply_call_report
from targets.stopwords import asks_to_stop

_CHANNELS: Mapping[str, SuppressionChannel] = {
    ProviderAccount.Kind.WHATSAPP: SuppressionChannel.WHATSAPP,
    ProviderAccount.Kind.EMAIL: SuppressionChannel.EMAIL,
}
_SOURCES = {"unsubscribed": Suppression.Source.UNSUBSCRIBE}


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
            if event.refusal is not None and event.refusal.code == RefusalCode.OPTED_OUT:
                keep_opt_out(attempt_id)
            return apply_delivery(lock_attempt(attempt_id), event, source="webhook")
        case InboundEvent():
            return _keep_inbound(event, account)
        case PreferenceEvent(stop=True):
            return _stop_messages(event, account)
        case _:
            return "ignored"


def lock_opt_outs(events: Iterable[ProviderEvent], account: ProviderAccount) -> None:
    """Lock every address these events opt out of anything. Call it before applying the first of them.

    Applying locks attempts and targets, and whoever has those must not wait for an address any more.
    """
    addresses = {address for event in events for address in _opted_out_by(event, account)}
    if addresses:
        lock_for_rules(account.organization_id, filter(is_stored_form, addresses))


def _opted_out_by(event: ProviderEvent, account: ProviderAccount) -> list[str]:
    match event:
        case InboundEvent() if asks_to_stop(event.text):
            address, answered = _sender_of(event, account)
            customer = answered.customer if answered else _customer_at(address, account)
            return addresses_behind(account.organization, address, customer)
        case PreferenceEvent(stop=True):
            return _stopped_by(event, account)
        case DeliveryEvent(refusal=refusal) if refusal is not None and refusal.code == RefusalCode.OPTED_OUT:
            attempt_id = _find_attempt(account, event.reference, event.provider_id)
            refused = Attempt.objects.filter(pk__in=[attempt_id] if attempt_id else [])
            return list(refused.values_list("address", flat=True))
        case _:
            return []


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
    address, answered = _sender_of(event, account)
    customer = answered.customer if answered else _customer_at(address, account)
    _message, created = InboundMessage.objects.get_or_create(
        provider_account_id=account.pk,
        provider_id=event.provider_id,
        defaults={
            "organization_id": account.organization_id,
            "customer": customer,
            "target": answered.target if answered else _latest_target(customer),
            "channel": CampaignTarget.Channel.WHATSAPP,
            "text": event.text,
            "received_at": at,
            "raw": dict(event.raw),
        },
    )
    if not created:
        return "known"
    if customer is not None:
        _open_window(customer, min(event.at or at, at))
    if asks_to_stop(event.text):
        opt_out_whoever_wrote(
            organization=account.organization, address=address, customer=customer, source=Suppression.Source.KEYWORD
        )
    return "applied"


def _sender_of(event: InboundEvent, account: ProviderAccount) -> tuple[str, Attempt | None]:
    """Return where a message came from, "" where nobody knows, and what it answers."""
    answered = _answered(event, account)
    return event.from_address or (answered.address if answered else ""), answered


def _answered(event: InboundEvent, account: ProviderAccount) -> Attempt | None:
    """Return what a message answers: the attempt it quotes, else the last one to its sender's number or vendor's id."""
    attempts = Attempt.objects.for_organization(account.organization_id).filter(provider_account=account)
    sent = (
        attempts.exclude(submit_started_at__isnull=True).select_related("customer", "target").order_by("-reserved_at")
    )
    ways = {
        "provider_id": event.reply_to_provider_id,
        "address": event.from_address,
        "provider_secondary_id": event.sender_id,
    }
    found = (sent.filter(**{column: value}).first() for column, value in ways.items() if value)
    return next((attempt for attempt in found if attempt is not None), None)


def _customer_at(address: str, account: ProviderAccount) -> Customer | None:
    if not address:
        return None
    customers = Customer.objects.for_organization(account.organization_id)
    known = customers.filter(phone=address).order_by("-created_at").first()
    found: Customer | None = known or customers.filter(other_phones__contains=[address]).order_by("-created_at").first()
    return found


def _latest_target(customer: Customer | None) -> CampaignTarget | None:
    """Return as whom a person nobody wrote to was last contacted over another channel, so that the reply is seen."""
    if customer is None:
        return None
    latest = Attempt.objects.filter(customer=customer).select_related("target").order_by("-reserved_at").first()
    return latest.target if latest else None


def _open_window(customer: Customer, at: datetime) -> None:
    """Let the window begin when the message was written: one that comes late must not open it for longer."""
    earlier = Q(last_inbound_at__isnull=True) | Q(last_inbound_at__lt=at)
    Customer.all_objects.filter(earlier, pk=customer.pk).update(last_inbound_at=at)


def _address_of(sender_id: str, account: ProviderAccount) -> str:
    """Return the number last written to of somebody whose number the vendor hides, "" where there is none."""
    attempts = Attempt.objects.for_organization(account.organization_id).filter(provider_account=account)
    known = attempts.filter(provider_secondary_id=sender_id).order_by("-reserved_at") if sender_id else attempts.none()
    return known.values_list("address", flat=True).first() or ""


def _stopped_by(event: PreferenceEvent, account: ProviderAccount) -> list[str]:
    """Return the address an event names and the one we wrote to, which differ where a person's mail is forwarded."""
    attempt_id = _find_attempt(account, event.reference, event.provider_id)
    written_to = Attempt.objects.filter(pk__in=[attempt_id] if attempt_id else []).values_list("address", flat=True)
    named = event.from_address or _address_of(event.sender_id, account)
    return sorted(filter(is_stored_form, {named, *written_to}))


def _stop_messages(event: PreferenceEvent, account: ProviderAccount) -> str:
    """Suppress, on the account's channel alone, an address whose owner stopped messages or that takes none any more."""
    addresses = _stopped_by(event, account)
    for address in addresses:
        opt_out_address(
            organization=account.organization,
            address=address,
            channel=_CHANNELS[account.kind],
            source=_SOURCES.get(event.reason, Suppression.Source.PROVIDER),
            reason=event.reason,
        )
    return "applied" if addresses else _unmatched(event.reference, event.provider_id)
