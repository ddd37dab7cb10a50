"""Keep the configurations that campaigns share: calling hours, retries, and who speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from campaigns.exceptions import ConfigurationInUse, ConfigurationNotFound
from campaigns.hours import stored_overrides, stored_windows
from campaigns.models import Campaign, Configuration
from campaigns.policy import configuration_in_words
from campaigns.retry_policy import LONGEST_DELAY_MINUTES, stored_retry_policy
from campaigns.speakers import find_agent, find_line
from lib import phone, zones
from lib.db.clock import read_clock
from lib.db.validation import check_fields
from lib.errors import InvalidField
from organizations.models import Organization
from organizations.services import Actor, changes_between, record_audit

SETTINGS = frozenset(
    {
        "name",
        "default_timezone",
        "windows",
        "overrides",
        "first_call_windows",
        "first_call_overrides",
        "max_retries",
        "retry_delay_minutes",
        "retry_policy",
        "default_country_code",
        "agent_external_id",
        "agent_version",
        "agent_number",
        "agent_config",
        "initial_context",
    }
)


@transaction.atomic
def create_configuration(
    *, organization: Organization, name: str, actor: Actor | None = None, **fields: Any
) -> Configuration:
    """Create a configuration; `fields` are those of `SETTINGS`. Raises InvalidField."""
    configuration = Configuration(organization=organization)
    _assign(configuration, {"name": name, **fields})
    configuration.save(force_insert=True)
    record_audit(organization=organization, action="configuration.created", subject=configuration, actor=actor)
    return configuration


@transaction.atomic
def update_configuration(
    *, configuration: Configuration, changes: Mapping[str, Any], actor: Actor | None = None
) -> Configuration:
    """Change fields of `SETTINGS`; return the fresh row, locked until the transaction ends.

    It holds for the next contact of every campaign that uses it. Raises InvalidField, ConfigurationNotFound.
    """
    row = _locked(configuration)
    before = {column: getattr(row, column) for column in SETTINGS}
    _assign(row, changes)
    changed = changes_between(before, row)
    if changed:
        row.save(update_fields=[*changed, "updated_at"])
        # What is told to the agent may name people: the audit log says that it changed, not what it says.
        told = {name: ["hidden", "hidden"] if name in _UNTOLD else values for name, values in changed.items()}
        record_audit(
            organization=row.organization, action="configuration.updated", subject=row, changes=told, actor=actor
        )
    return row


def preview_configuration(*, configuration: Configuration, changes: Mapping[str, Any]) -> str:
    """Say in words what `configuration` would allow its campaigns with these `changes`; nothing is written.

    The instance, which need not be saved, is changed. Raises InvalidField.
    """
    _assign(configuration, changes)
    return configuration_in_words(configuration)


@transaction.atomic
def soft_delete_configuration(*, configuration: Configuration, actor: Actor | None = None) -> None:
    """Hide a configuration no campaign uses. Raises ConfigurationInUse, ConfigurationNotFound."""
    row = _locked(configuration)
    if Campaign.objects.filter(configuration=row).exists():
        raise ConfigurationInUse
    row.deleted_at = read_clock()
    row.save(update_fields=["deleted_at", "updated_at"])
    record_audit(organization=row.organization, action="configuration.deleted", subject=row, actor=actor)


def _locked(configuration: Configuration) -> Configuration:
    rows = Configuration.objects.select_for_update(of=("self",)).select_related("organization")
    row: Configuration | None = rows.filter(pk=configuration.pk).first()
    if row is None:
        raise ConfigurationNotFound(configuration.pk)
    return row


def _assign(configuration: Configuration, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        if field not in SETTINGS:
            raise TypeError(f"a configuration has no field {field} that can be set")
        if not configuration._state.adding and value == getattr(configuration, field):
            continue  # an agent that has gone meanwhile does not keep the rest from being changed
        shaped = _SHAPES[field](value) if field in _SHAPES else value
        setattr(configuration, field, shaped)
        _check_reference(configuration, field)
    check_fields(configuration, exclude=["organization"])


def _check_reference(configuration: Configuration, field: str) -> None:
    organization_id, name = configuration.organization_id, getattr(configuration, field)
    if field == "agent_external_id" and name and find_agent(organization_id, name) is None:
        raise InvalidField(field, "there is no such agent")
    if field == "agent_number" and name and find_line(organization_id, name) is None:
        raise InvalidField(field, "there is no such phone number to call from")


def _zone(value: Any) -> str:
    if not isinstance(value, str) or zones.zone(value) is None:
        raise InvalidField("default_timezone", "this is no IANA time zone, such as America/New_York")
    return value


def _country_code(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("+") or phone.main_region(value) is None:
        raise InvalidField("default_country_code", "this is no country's calling code, such as +1")
    return value


def _delay(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LONGEST_DELAY_MINUTES:
        raise InvalidField("retry_delay_minutes", f"this is a number of minutes from 0 to {LONGEST_DELAY_MINUTES}")
    return value


def _object(field: str) -> Callable[[Any], dict[str, Any]]:
    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise InvalidField(field, "this must be an object")
        return value

    return check


_UNTOLD = ("agent_config", "initial_context")
_SHAPES: Mapping[str, Callable[[Any], Any]] = {
    "name": lambda value: value.strip() if isinstance(value, str) else value,
    "default_timezone": _zone,
    "default_country_code": _country_code,
    "windows": lambda value: stored_windows(value, field="windows"),
    "overrides": lambda value: stored_overrides(value, field="overrides"),
    "first_call_windows": lambda v: None if v is None else stored_windows(v, field="first_call_windows"),
    "first_call_overrides": lambda v: None if v is None else stored_overrides(v, field="first_call_overrides"),
    "retry_delay_minutes": _delay,
    "retry_policy": stored_retry_policy,
    "agent_config": _object("agent_config"),
    "initial_context": _object("initial_context"),
}
