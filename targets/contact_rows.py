"""Bring people as a program lists them for a campaign into the form that is stored; nothing is read or written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from campaigns.models import Campaign
from campaigns.speakers import Speakers
from customers.services.cleaning import MOST_PHONES
from lib import phone, zones
from lib.errors import DomainError
from organizations.models import Agent

# What a contact may say about its own call in place of the configuration.
OVERRIDES = ("agent_id", "agent_version", "agent_number", "agent_config", "initial_context")
NEEDS_NUMBER = "phone_numbers: a new contact needs at least one"

_USUAL_REGION = "US"  # the main country of +1
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact as somebody wrote it down. `given` holds what was said: phone_numbers, data, timezone, … `OVERRIDES`.

    What is not given stays as it is, and is empty for a new contact. `phone_numbers` are texts, the first tried first.
    """

    id: str | None = None
    external_id: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class CleanRow:
    """A contact that can be stored: its place in the request from 0, and what was said of it."""

    index: int
    id: UUID | None
    names_id: bool
    external_id: str | None
    given: dict[str, Any]
    agent: Agent | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def phones(self) -> list[str]:
        return self.given.get("phone_numbers") or []

    @property
    def scheduled_at(self) -> datetime | None:
        at: datetime | None = self.given.get("scheduled_at")
        return at

    @property
    def overrides(self) -> dict[str, Any]:
        """Return what was said about the call itself."""
        return {name: self.given[name] for name in OVERRIDES if name in self.given}


class InvalidContacts(DomainError):
    """Say which rows of a list of contacts cannot be accepted, and why: ``{index: reason}``, counted from 0."""

    code = "invalid_contacts"

    def __init__(self, faults: Mapping[int, str]) -> None:
        told = [f"contacts[{index}].{reason}" for index, reason in sorted(faults.items())]
        more = [f"and {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else []
        super().__init__("; ".join([*told[:_MOST_TOLD], *more]), rows=sorted(faults))
        self.faults = dict(faults)


def clean_rows(campaign: Campaign, rows: Sequence[ContactRow], speakers: Speakers) -> list[CleanRow]:
    """Return the rows in their stored form. Raises InvalidContacts for all that cannot be read."""
    cleaner = _Cleaner(campaign, speakers)
    faults: dict[int, str] = {}
    clean = []
    for index, row in enumerate(rows):
        try:
            clean.append(cleaner.clean(index, row))
        except _Fault as fault:
            faults[index] = str(fault)
    if faults:
        raise InvalidContacts(faults)
    return clean


def as_uuid(text: str) -> UUID | None:
    """Return the id a text is, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


class _Fault(ValueError):
    """What is wrong with a row, beginning with the name of the field."""


class _Cleaner:
    """What the rows of one request are read by."""

    def __init__(self, campaign: Campaign, speakers: Speakers) -> None:
        self._is_adhoc = campaign.is_adhoc
        configuration = campaign.configuration
        code = configuration.default_country_code if configuration else ""
        self._region = phone.main_region(code) or _USUAL_REGION
        self._speakers = speakers

    def clean(self, index: int, row: ContactRow) -> CleanRow:
        """Return the row in its stored form. Raises _Fault."""
        given = dict(row.given)
        clean = CleanRow(index, as_uuid(row.id) if row.id else None, bool(row.id), row.external_id or None, given)
        if "phone_numbers" in given:
            given["phone_numbers"] = self._phones(given["phone_numbers"], clean.warnings)
        if "timezone" in given:
            given["timezone"] = _zone(given["timezone"])
        self._speaker(clean)
        return clean

    def _phones(self, written: Iterable[str] | None, warnings: list[str]) -> list[str]:
        numbers = [self._phone(place, number) for place, number in enumerate(written or [])]
        if not numbers:
            raise _Fault("phone_numbers: there must be at least one")
        if len(numbers) > MOST_PHONES:
            raise _Fault(f"phone_numbers: there may be at most {MOST_PHONES}")
        different = list(dict.fromkeys(numbers))
        if len(different) < len(numbers):
            warnings.append("phone_numbers: a number was given twice and is tried once")
        return different

    def _phone(self, place: int, number: str) -> str:
        if self._is_adhoc and not _E164.fullmatch(number):
            raise _Fault(f"phone_numbers[{place}]: write it in E.164, such as +12125550123")
        try:
            return phone.normalize(number, default_region=None if self._is_adhoc else self._region)
        except phone.PhoneError as error:
            raise _Fault(f"phone_numbers[{place}]: {error}") from None  # nothing of the number may follow the error

    def _speaker(self, row: CleanRow) -> None:
        agent, line = row.given.get("agent_id"), row.given.get("agent_number")
        if agent:
            row.agent = self._speakers.agents.get(agent)
            if row.agent is None:
                raise _Fault("agent_id: there is no such agent")
        if line and line not in self._speakers.lines:
            raise _Fault("agent_number: there is no such phone number to call from")


def _zone(value: str | None) -> str:
    if value and zones.zone(value) is None:
        raise _Fault("timezone: this is no IANA time zone, such as America/New_York")
    return value or ""
