"""Read do-not-contact lists from files, and check lists of addresses against the rules: row by row, none forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import IO

from customers.exceptions import InvalidMapping, UnusableFile
from customers.models import Suppression
from customers.models.suppression import Channel
from customers.services.addresses import stored_form
from customers.services.rules import Change
from customers.suppressions import AddressRule, binding_rules, suppress_many
from lib import zones
from lib.db.clock import read_clock
from lib.errors import InvalidField
from lib.headers import match_headers
from lib.tabular import Limits, Row, TableError, open_table
from lib.wakeup import wake
from organizations.models import Organization

LIMITS = Limits(max_bytes=2_000_000_000, max_rows=10_000_000)
BATCH = 300  # rows of one transaction: each locks its address while it lasts

_ADDRESS = {
    "address": ["address", "contact", "phone or email", "recipient"],
    "phone": ["phone", "phone number", "mobile", "tel", "telephone", "teléfono", "telefono", "cellulare"],
    "email": ["email", "email address", "mail", "correo", "e-mail"],
}
_OTHERS = {
    "channel": ["channel", "canal", "canale"],
    "reason": ["reason", "why", "note", "motivo"],
    "expires_at": ["expires at", "expires", "expiry", "until", "caduca", "scadenza"],
    "platform": ["platform", "whole platform"],
}
_CHANNELS = {
    "": "", "all": "", "*": "", "every channel": "", "call": Channel.CALL, "calls": Channel.CALL, "voice": Channel.CALL,
    "phone": Channel.CALL, "whatsapp": Channel.WHATSAPP, "email": Channel.EMAIL, "mail": Channel.EMAIL,
}  # fmt: skip
_YES = frozenset({"yes", "y", "true", "1", "x", "si", "sí", "sì"})
_NO = frozenset({"no", "n", "false", "0"})


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that became no rule: its line in the sheet, why, and its cells as they were read."""

    number: int
    reason: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """An address of a list, as it was written, and the rules in force against it; `problem` where it is no address."""

    number: int
    written: str
    problem: str
    rules: Sequence[Suppression]


class SuppressionImport:
    """One file on its way into the suppressions of an organization, or (None) of the whole platform.

    `rows` = `blank` + the sum of `changes` + `rejected` after every batch. Importing a file again changes nothing.
    """

    def __init__(self, organization: Organization | None, *, region: str = "", column: str = "") -> None:
        self._organization = organization
        self._region = region or (organization.default_region if organization else "") or None
        self._column = column
        self.rows = 0
        self.blank = 0
        self.rejected = 0
        self.changes: Counter[Change] = Counter()
        self.headers: tuple[str, ...] = ()

    def run(self, source: IO[bytes], filename: str) -> Iterator[RejectedRow]:
        """Import the file batch by batch while the rows it rejects are taken. What was imported stays, come what may.

        Raises UnusableFile, InvalidMapping.
        """
        try:
            with open_table(source, filename, LIMITS) as table:
                self.headers = table.headers
                columns = _columns(table.headers, self._column)
                rows = iter(table.rows)
                while batch := list(islice(rows, BATCH)):
                    yield from self._import(batch, columns)
        except TableError as error:
            raise UnusableFile(str(error)) from error
        finally:
            wake("targets.apply_suppressions")

    def _import(self, batch: Sequence[Row], columns: dict[str, str]) -> list[RejectedRow]:
        now = read_clock()
        rules: list[AddressRule] = []
        rejected: list[RejectedRow] = []
        filled = [row for row in batch if not row.is_blank]
        for row in filled:
            try:
                rules.append(self._rule(row, columns, now))
            except InvalidField as error:
                rejected.append(RejectedRow(row.number, error.reason, list(row.values.values())))
        if rules:
            self.changes.update(
                suppress_many(organization=self._organization, rules=rules, source=Suppression.Source.IMPORT)
            )
        self.rows += len(batch)
        self.blank += len(batch) - len(filled)
        self.rejected += len(rejected)
        return rejected

    def _rule(self, row: Row, columns: dict[str, str], now: datetime) -> AddressRule:
        if row.problem:
            raise InvalidField("row", row.problem.message)
        cells = {field: row.values[header] for field, header in columns.items()}
        self._check_platform(cells.get("platform", ""))
        address = stored_form(cells["address"], self._region)
        channel = _channel(cells.get("channel", ""))
        if channel and (channel == Channel.EMAIL) != ("@" in address):
            raise InvalidField("channel", "this channel does not use this kind of address")
        expires_at = self._expiry(cells.get("expires_at", ""))
        if expires_at and expires_at <= now:
            raise InvalidField("expires_at", "this rule would already be over")
        return AddressRule(address, channel, cells.get("reason", ""), expires_at)

    def _check_platform(self, cell: str) -> None:
        said = cell.casefold()
        if said and said not in _YES | _NO:
            raise InvalidField("platform", "write yes or no")
        if said and (said in _YES) != (self._organization is None):
            wanted = "the whole platform" if said in _YES else "one organization"
            raise InvalidField("platform", f"this row is meant for {wanted}, and this import is not")

    def _expiry(self, text: str) -> datetime | None:
        """Return when a rule ends; a day without a time is still part of it. Times are in the organization's zone."""
        if not text:
            return None
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidField("expires_at", "write a date such as 2027-01-31, or a date and a time") from None
        if read.tzinfo:
            return read.astimezone(UTC)
        if read.time() == time.min:
            read += timedelta(days=1)
        zone = zones.zone(self._organization.timezone) if self._organization and self._organization.timezone else None
        return read.replace(tzinfo=zone or UTC).astimezone(UTC)


def check_addresses(
    *, organization: Organization | None, source: IO[bytes], filename: str, region: str = "", column: str = ""
) -> Iterator[CheckedRow]:
    """Tell of every row of a list that is not blank which rules bind its address now: the platform's included.

    Raises UnusableFile, InvalidMapping.
    """
    region = region or (organization.default_region if organization else "")
    try:
        with open_table(source, filename, LIMITS) as table:
            header = _columns(table.headers, column)["address"]
            rows = (row for row in table.rows if not row.is_blank)
            while batch := list(islice(rows, BATCH)):
                yield from _checked(organization, batch, header, region or None)
    except TableError as error:
        raise UnusableFile(str(error)) from error


def _checked(
    organization: Organization | None, batch: Sequence[Row], header: str, region: str | None
) -> Iterator[CheckedRow]:
    read: list[tuple[Row, str, str]] = []
    for row in batch:
        try:
            read.append((row, stored_form(row.values[header], region), ""))
        except InvalidField as error:
            read.append((row, "", error.reason))
    rules = binding_rules(
        organization_id=organization.pk if organization else None,
        addresses=[address for _row, address, _problem in read if address],
        at=read_clock(),
    )
    for row, address, problem in read:
        yield CheckedRow(row.number, row.values[header], problem, rules.get(address, ()))


def _columns(headers: Sequence[str], column: str) -> dict[str, str]:
    """Return ``{field: header}`` with ``address`` among the fields. Raises InvalidMapping, UnusableFile."""
    found = match_headers(headers, _OTHERS)
    if column:
        named = column if column in headers else match_headers(headers, {"": [column]}).get("")
        if named is None:
            raise InvalidMapping(f"the file has no column {column}")
        return {**found, "address": named}
    addresses = match_headers(headers, _ADDRESS)
    if len(addresses) > 1:
        raise InvalidMapping(
            f"several columns hold addresses: {', '.join(addresses.values())}; import them one by one, each by name"
        )
    if not addresses and len(headers) > 1:
        raise UnusableFile("No column is called address, phone or email. Say by name which one holds the addresses.")
    return {**found, "address": next(iter(addresses.values()), headers[0])}


def _channel(cell: str) -> str:
    channel = _CHANNELS.get(cell.casefold())
    if channel is None:
        raise InvalidField("channel", "this is no channel: write call, whatsapp, email, or nothing for all of them")
    return channel
