"""Delete agents, numbers and channels, which campaigns may still need."""

from __future__ import annotations

from django.db import transaction

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from lib.db.clock import read_clock
from organizations.exceptions import ResourceInUse, ResourceNotFound
from organizations.models import Agent, EmailChannel, PhoneNumber, WhatsAppChannel
from organizations.services import Actor, record_audit

_FIELD = {
    Agent: "agent",
    PhoneNumber: "phone_number",
    WhatsAppChannel: "whatsapp_channel",
    EmailChannel: "email_channel",
}
_OVER = (Status.COMPLETED, Status.CLOSED)


@transaction.atomic
def soft_delete_channel(
    *, channel: Agent | PhoneNumber | WhatsAppChannel | EmailChannel, actor: Actor | None = None
) -> None:
    """Hide an agent, number or channel. Raises ResourceInUse while a campaign that is not over needs it.

    Raises ResourceNotFound.
    """
    model = type(channel)
    row = model.objects.select_for_update().filter(pk=channel.pk).first()
    if row is None:
        raise ResourceNotFound
    users = Campaign.objects.for_organization(row.organization_id).filter(**{_FIELD[model]: row})
    in_use = users.exclude(status__in=_OVER).count()
    if in_use:
        raise ResourceInUse(in_use)
    model.all_objects.filter(pk=row.pk).soft_delete(read_clock())
    word = str(model._meta.verbose_name).lower().replace(" ", "_")
    record_audit(organization=row.organization, action=f"{word}.deleted", subject=row, actor=actor)
