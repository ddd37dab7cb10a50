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

# What may be said about one person's call in place of the configuration.
OVERRIDES = ("agent_id", "agent_version", "agent_number", "agent_config", "initial_context")

_USUAL_REGION = "US"  # the main country of +1
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A person as somebody wrote them down. `given` holds what was said: phones, data, timezone, scheduled_at, and any
    of `OVERRIDES`.

    What is not given stays as it is, and is empty for somebody new. `phones` are texts, the first tried first.
    """

    id: str | None = None
    external_id: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class CleanRow:
    """A row that can be stored: its place in the request from 0, and what was said."""

    index: int
    id: UUID | None
    names_id: bool
    external_id: str | None
    given: dict[str, Any]
    agent: Agent | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def phones(self) -> list[str]:
        return self.given.get("phones") or []

    @property
    def scheduled_at(self) -> datetime | None:
        at: datetime | None = self.given.get("scheduled_at")
        return at

    @property
    def overrides(self) -> dict[str, Any]:
        """Return what was said about the call itself."""
        return {name: self.given[name] for name in OVERRIDES if name in self.given}


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a field of a row; `place` says which item of a list, from 0."""

    field: str
    reason: str
    place: int | None = None


NEEDS_NUMBER = RowFault("phones", "somebody new needs at least one")


class InvalidRows(DomainError):
    """Say which rows of a list of people cannot be accepted, and why: ``{index: fault}``, counted from 0."""

    code = "invalid_rows"

    def __init__(self, faults: Mapping[int, RowFault]) -> None:
        super().__init__(f"{len(faults)} of the rows cannot be accepted", rows=sorted(faults)[:_MOST_TOLD])
        self.faults = dict(faults)


def clean_rows(campaign: Campaign, rows: Sequence[TargetRow], speakers: Speakers) -> list[CleanRow]:
    """Return the rows in their stored form. Raises InvalidRows for all that cannot be read."""
    cleaner = _Cleaner(campaign, speakers)
    faults: dict[int, RowFault] = {}
    clean = []
    for index, row in enumerate(rows):
        try:
            clean.append(cleaner.clean(index, row))
        except _Faulty as faulty:
            faults[index] = faulty.fault
    if faults:
        raise InvalidRows(faults)
    return clean


def as_uuid(text: str) -> UUID | None:
    """Return the id a text is, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


class _Faulty(ValueError):
    """What is wrong with a row."""

    def __init__(self, field: str, reason: str, place: int | None = None) -> None:
        super().__init__(reason)
        self.fault = RowFault(field, reason, place)


class _Cleaner:
    """What the rows of one request are read by."""

    def __init__(self, campaign: Campaign, speakers: Speakers) -> None:
        self._is_adhoc = campaign.is_adhoc
        configuration = campaign.configuration
        code = configuration.default_country_code if configuration else ""
        self._region = phone.main_region(code) or _USUAL_REGION
        self._speakers = speakers

    def clean(self, index: int, row: TargetRow) -> CleanRow:
        """Return the row in its stored form. Raises _Faulty."""
        given = dict(row.given)
        clean = CleanRow(index, as_uuid(row.id) if row.id else None, bool(row.id), row.external_id or None, given)
        if "phones" in given:
            given["phones"] = self._phones(given["phones"], clean.warnings)
        if "timezone" in given:
            given["timezone"] = _zone(given["timezone"])
        self._speaker(clean)
        return clean

    def _phones(self, written: Iterable[str] | None, warnings: list[str]) -> list[str]:
        numbers = [self._phone(place, number) for place, number in enumerate(written or [])]
        if not numbers:
            raise _Faulty("phones", "there must be at least one")
        if len(numbers) > MOST_PHONES:
            raise _Faulty("phones", f"there may be at most {MOST_PHONES}")
        different = list(dict.fromkeys(numbers))
        if len(different) < len(numbers):
            warnings.append("a number was given twice and is tried once")
        return different

    def _phone(self, place: int, number: str) -> str:
        if self._is_adhoc and not _E164.fullmatch(number):
            raise _Faulty("phones", "write it in E.164, such as +12125550123", place)
        try:
            return phone.normalize(number, default_region=None if self._is_adhoc else self._region)
        except phone.PhoneError as error:
            raise _Faulty("phones", str(error), place) from None  # nothing of the number may follow the error

    def _speaker(self, row: CleanRow) -> None:
        agent, line = row.given.get("agent_id"), row.given.get("agent_number")
        if agent:
            row.agent = self._speakers.agents.get(agent)
            if row.agent is None:
                raise _Faulty("agent_id", "there is no such agent")
        if line and line not in self._speakers.lines:
            raise _Faulty("agent_number", "there is no such phone number to call from")


def _zone(value: str | None) -> str:
    if value and zones.zone(value) is None:
        raise _Faulty("timezone", "this is no IANA time zone, such as America/New_York")
    return value or ""
