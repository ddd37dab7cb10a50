"""Create and change who speaks and where from: agents, phone numbers, WhatsApp and email senders.

Deleting one is `campaigns.services.channels.soft_delete_channel`: campaigns may need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from lib import phone
from lib.db.constraints import broken_constraint
from lib.db.validation import check_fields
from lib.email_address import EmailError, normalize_email
from lib.errors import InvalidField
from lib.zones import zone
from organizations.exceptions import DuplicateNumber, ResourceNotFound
from organizations.models import Agent, EmailChannel, Organization, PhoneNumber, ProviderAccount, User, WhatsAppChannel
from organizations.services.audit import Actor, changes_between, record_audit

Channel = Agent | PhoneNumber | WhatsAppChannel | EmailChannel
AnyChannel = TypeVar("AnyChannel", Agent, PhoneNumber, WhatsAppChannel, EmailChannel)

Kind = ProviderAccount.Kind
_ACCOUNT: Mapping[type[Any], ProviderAccount.Kind] = {
    Agent: Kind.ELEVENLABS,
    PhoneNumber: Kind.ELEVENLABS,
    WhatsAppChannel: Kind.WHATSAPP,
    EmailChannel: Kind.EMAIL,
}
_SETTINGS: Mapping[type[Any], tuple[str, ...]] = {
    Agent: ("name", "external_id", "language", "timezone", "opening_message"),
    PhoneNumber: ("number", "external_id", "label", "concurrency_limit"),
    WhatsAppChannel: ("name", "external_id", "template_name", "template_language"),
    EmailChannel: ("name", "from_address", "reply_to"),
}


def create_channel(
    model: type[AnyChannel],
    *,
    organization: Organization,
    values: Mapping[str, Any],
    owner: User | None = None,
    actor: Actor | None = None,
) -> AnyChannel:
    """Create an agent, number or channel. It works through the organization's oldest account with the right vendor.

    Only agents have an owner. Raises InvalidField, DuplicateNumber.
    """
    accounts = ProviderAccount.objects.for_organization(organization).filter(kind=_ACCOUNT[model])
    row = model(organization=organization, provider_account=accounts.order_by("created_at", "id").first())
    if isinstance(row, Agent):
        row.owner = owner
    _assign(row, values)
    with transaction.atomic():
        _write(row, force_insert=True)
        record_audit(organization=organization, action=f"{_word(model)}.created", subject=row, actor=actor)
    return row


@transaction.atomic
def update_channel(*, channel: AnyChannel, changes: Mapping[str, Any], actor: Actor | None = None) -> AnyChannel:
    """Change settings of an agent, number or channel; return the fresh row.

    Raises InvalidField, DuplicateNumber, ResourceNotFound.
    """
    model: Any = type(channel)
    row: AnyChannel | None = model.objects.select_for_update(no_key=True).filter(pk=channel.pk).first()
    if row is None:
        raise ResourceNotFound
    before = {field: getattr(row, field) for field in _SETTINGS[model]}
    _assign(row, changes)
    changed: dict[str, list[Any]] = changes_between(before, row)
    if changed:
        _write(row, update_fields=[*changed, "updated_at"])
        told = {field: ["hidden", "hidden"] for field in changed}  # numbers, addresses and words stay out of the log
        record_audit(
            organization=row.organization, action=f"{_word(model)}.updated", subject=row, changes=told, actor=actor
        )
    return row


def _assign(row: Channel, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        if field not in _SETTINGS[type(row)]:
            raise TypeError(f"a {_word(type(row))} has no field {field} that can be set")
        setattr(row, field, _CLEAN[field](value) if field in _CLEAN else value)
    check_fields(row, exclude=["organization", "owner", "provider_account"])


def _name(value: str) -> str:
    return value.strip()


def _number(value: str) -> str:
    try:
        return phone.normalize(value, default_region=None)
    except phone.PhoneError as error:
        raise InvalidField("number", str(error)) from None


def _timezone(value: str) -> str:
    if value and zone(value) is None:
        raise InvalidField("timezone", "this is no IANA time zone, such as Europe/Rome")
    return value


def _address(field: str) -> Callable[[str], str]:
    def clean(value: str) -> str:
        try:
            return normalize_email(value) if value else ""
        except EmailError as error:
            raise InvalidField(field, str(error)) from None

    return clean


_CLEAN: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "number": _number,
    "timezone": _timezone,
    "from_address": _address("from_address"),
    "reply_to": _address("reply_to"),
}


def _word(model: type[Any]) -> str:
    return str(model._meta.verbose_name).lower().replace(" ", "_")


def _write(row: Channel, **how: Any) -> None:
    try:
        with transaction.atomic():
            row.save(**how)
    except IntegrityError as error:
        if broken_constraint(error) == "phone_number_unique":
            raise DuplicateNumber from None
        raise
