from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model

from campaigns.exceptions import CampaignClosed, DuplicateExternalId, ForeignReference
from campaigns.goals import parse_goal_spec
from campaigns.hours import stored_windows
from campaigns.lifecycle import Status
from campaigns.models import Campaign, Configuration, Stage
from campaigns.policy import ContactPolicy, words
from campaigns.retry_policy import LONGEST_DELAY_MINUTES, MOST_DELAYS, stored_retry_policy
from campaigns.services.changes import lock_campaign, record_change
from campaigns.services.consequences import goal_changed
from lib.db.clock import read_clock
from lib.db.constraints import broken_constraint
from lib.db.validation import check_fields
from lib.errors import InvalidField
from organizations.models import Agent, EmailChannel, Organization, PhoneNumber, User, WhatsAppChannel
from organizations.services import Actor, changes_between

REFERENCES: Mapping[str, type[Any]] = {
    "agent": Agent,
    "phone_number": PhoneNumber,
    "whatsapp_channel": WhatsAppChannel,
    "email_channel": EmailChannel,
    "configuration": Configuration,
}
SETTINGS = frozenset(
    {
        "name",
        "external_id",
        "priority",
        "concurrency_limit",
        "goal",
        "goal_spec",
        "goal_logic",
        "first_contact_channel",
        "call_opening_message",
        "whatsapp_first_message",
        "whatsapp_after_attempts",
        "call_attempt_delays",
        "retry_policy",
        "email_subject",
        "email_first_message",
        "email_after_attempts",
        "failure_limit_percent",
        "working_hours",
    }
)
_COLUMNS = (*SETTINGS, *(f"{reference}_id" for reference in REFERENCES))


def create_campaign(
    *, organization: Organization, owner: User | None, name: str, actor: Actor | None = None, **fields: Any
) -> Campaign:
    """Create a draft with the four system stages. `fields` are those of `SETTINGS` and `REFERENCES`.

    A reference is a row or its id. Raises InvalidField, InvalidGoal, ForeignReference, DuplicateExternalId.
    """
    campaign = Campaign(organization=organization, owner=owner)
    _assign(campaign, {"name": name, **fields})
    with transaction.atomic():
        _write(campaign, force_insert=True)
        make_system_stages(campaign)
        record_change(campaign=campaign, action="campaign.created", actor=actor)
    return campaign


def preview_campaign(*, campaign: Campaign, changes: Mapping[str, Any]) -> str:
    """Say in words when and how often `campaign` would contact somebody with these `changes`; nothing is written.

    The instance, which need not be saved, is changed. Raises as `create_campaign`.
    """
    _assign(campaign, changes)
    return words(ContactPolicy.of(campaign))


def make_system_stages(campaign: Campaign) -> None:
    """Give a new campaign the stages every campaign has: one for each sort, keyed by it."""
    Stage.objects.bulk_create(
        Stage(
            organization_id=campaign.organization_id,
            campaign=campaign,
            key=semantic.value,
            name=semantic.label,
            position=position,
            semantic_type=semantic,
            is_system=True,
        )
        for position, semantic in enumerate(Stage.Semantic)
    )


@transaction.atomic
def update_campaign(*, campaign: Campaign, changes: Mapping[str, Any], actor: Actor | None = None) -> Campaign:
    """Change fields of `SETTINGS` and `REFERENCES`; return the fresh row. Takes the lock of `lock_campaign`.

    A reference that stays as it is may lead to a deleted row. A changed goal is applied to everybody who was judged by
    the old one, in the same transaction. Raises as `create_campaign`, CampaignNotFound, and
    CampaignClosed where it is closed for good.
    """
    row = lock_campaign(campaign)
    if row.status == Status.CLOSED:
        raise CampaignClosed
    before = {column: getattr(row, column) for column in _COLUMNS}
    _assign(row, changes)
    changed = changes_between(before, row)
    if changed:
        _write(row, update_fields=[*changed, "updated_at"])
        record_change(campaign=row, action="campaign.updated", changes=changed, actor=actor)
    if changed.keys() & {"goal_spec", "goal_logic"}:
        goal_changed(row)
    return row


@transaction.atomic
def soft_delete_campaign(*, campaign: Campaign, actor: Actor | None = None) -> Campaign:
    """Hide a campaign and stop it: a running one is paused and a scheduled one taken off the schedule.

    So bringing it back contacts nobody until somebody starts it. Takes the lock of `lock_campaign`. Raises
    CampaignNotFound.
    """
    row = lock_campaign(campaign)
    before = row.status
    if row.status == Status.RUNNING:
        row.status, row.paused_reason = Status.PAUSED, "deleted"
    elif row.status == Status.SCHEDULED:
        row.status = Status.DRAFT
    row.start_at, row.deleted_at = None, read_clock()
    row.save(update_fields=["status", "paused_reason", "start_at", "deleted_at", "updated_at"])
    record_change(
        campaign=row,
        action="campaign.deleted",
        changes={"status": [before, row.status]} if row.status != before else None,
        actor=actor,
    )
    return row


@transaction.atomic
def restore_campaign(*, campaign: Campaign, actor: Actor | None = None) -> Campaign:
    """Bring a deleted campaign back. Raises CampaignNotFound where it is not deleted, DuplicateExternalId."""
    row = lock_campaign(campaign, deleted=True)
    row.deleted_at = None
    _write(row, update_fields=["deleted_at", "updated_at"])
    record_change(campaign=row, action="campaign.restored", actor=actor)
    return row


def _assign(campaign: Campaign, values: Mapping[str, Any]) -> None:
    """Set fields after checking them; nothing is written."""
    for field, value in values.items():
        if field in REFERENCES:
            _refer(campaign, field, value)
        elif field in SETTINGS:
            setattr(campaign, field, _SHAPES[field](value) if field in _SHAPES else value)
        else:
            raise TypeError(f"a campaign has no field {field} that can be set")
    check_fields(campaign, exclude=["organization", "owner", *REFERENCES])


def _refer(campaign: Campaign, field: str, value: Any) -> None:
    key = value.pk if isinstance(value, Model) else value
    if key == getattr(campaign, f"{field}_id"):
        return
    found = None
    if key is not None:
        found = REFERENCES[field].objects.for_organization(campaign.organization_id).filter(pk=key).first()
        if found is None:
            raise ForeignReference(field)
    setattr(campaign, field, found)


def _goal_spec(value: Any) -> dict[str, Any]:
    return parse_goal_spec(value).model_dump(mode="json", exclude_unset=True)


def _delays(value: Any) -> list[int]:
    if not isinstance(value, list) or any(type(delay) is not int for delay in value):
        raise InvalidField("call_attempt_delays", "this must be a list of whole minutes")
    if len(value) > MOST_DELAYS:
        raise InvalidField("call_attempt_delays", f"there may be at most {MOST_DELAYS} delays")
    if not all(0 <= delay <= LONGEST_DELAY_MINUTES for delay in value):
        raise InvalidField("call_attempt_delays", f"a delay is from 0 to {LONGEST_DELAY_MINUTES} minutes")
    return value


# Fields whose shape the model's own field cannot check.
_SHAPES: Mapping[str, Callable[[Any], Any]] = {
    "name": lambda value: value.strip() if isinstance(value, str) else value,
    "external_id": lambda value: value or None,
    "goal_spec": _goal_spec,
    "call_attempt_delays": _delays,
    "retry_policy": stored_retry_policy,
    "working_hours": lambda value: stored_windows(value, field="working_hours"),
}


def _write(campaign: Campaign, **how: Any) -> None:
    try:
        with transaction.atomic():
            campaign.save(**how)
    except IntegrityError as error:
        if broken_constraint(error) == "campaign_external_id_unique":
            raise DuplicateExternalId(campaign.external_id or "") from error
        raise
