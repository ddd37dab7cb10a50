"""Turn a row of a file into a person, or say what is wrong with it. A row is taken as it stands or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from customers.imports.columns import OTHER_PHONES, Columns
from customers.imports.countries import country_of
from customers.models import CustomField
from customers.services.cleaning import clean_email, clean_language, clean_phone, clean_tags, clean_text, clean_timezone
from customers.services.customers import CustomerData
from lib.errors import InvalidField
from lib.tabular import Row

_LIST = re.compile(r"[,;|]")
_PHONES = re.compile(r"[,;|/]")
_NOTHING = frozenset({"-", "--", "—", "?", "n/a", "#n/a", "null", "none"})  # where no name can stand
_YES = frozenset({"true", "yes", "y", "1", "x", "sí", "si", "sì", "verdadero", "vero"})
_NO = frozenset({"false", "no", "n", "0", "falso"})
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,10})?")


@dataclass(frozen=True, slots=True)
class Person:
    """A row that can be imported, every field in its stored form."""

    row: int
    data: CustomerData


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that cannot be imported. `field` is empty where the row as a whole is at fault."""

    row: int
    field: str
    message: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one file. `region` is the country of numbers without one, where no column says it."""

    columns: Columns
    region: str | None
    types: Mapping[str, str]  # of the organization's custom fields, by key

    def read(self, row: Row) -> Person | Rejection:
        """Return the person a row that is not blank describes, or why it describes none."""
        if row.problem:
            return Rejection(row.number, "", row.problem.message, tuple(row.values.values()))
        try:
            return Person(row.number, self._person(row.values))
        except InvalidField as error:
            return Rejection(row.number, error.field, error.reason, tuple(row.values.values()))

    def _person(self, values: Mapping[str, str]) -> CustomerData:
        cells = {field: values[header] for field, header in self.columns.fields.items()}
        custom = {
            key: self._custom(key, values[header]) for header, key in self.columns.custom.items() if values[header]
        }
        region = self.region
        if country := cells.get("country"):
            region = country_of(country)
            custom["country"] = region or country
        phones = self._phones(cells.get("phone", ""), values, region)
        email = clean_email(_address(cells.get("email", "")))
        if not phones and not email:
            raise InvalidField("", "there is neither a phone number nor an email address")
        return CustomerData(
            customer_id=clean_text("customer_id", cells.get("customer_id")),
            name=clean_text("name", cells.get("name")),
            surname=clean_text("surname", cells.get("surname")),
            email=email,
            phone=phones[0] if phones else None,
            other_phones=phones[1:],
            status=clean_text("status", cells.get("status")),
            timezone=clean_timezone(cells.get("timezone")),
            language=clean_language(cells.get("language")),
            tags=clean_tags(_LIST.split(cells.get("tags", ""))),
            custom_fields=custom,
        )

    def _phones(self, main: str, values: Mapping[str, str], region: str | None) -> list[str]:
        """Return all numbers in the order they are tried. The main column holds one, the others may hold several."""
        found = [clean_phone("phone", _address(main), region)]
        for header in self.columns.other_phones:
            found.extend(clean_phone(OTHER_PHONES, _address(part), region) for part in _PHONES.split(values[header]))
        return list(dict.fromkeys(number for number in found if number))

    def _custom(self, key: str, cell: str) -> Any:
        return _READ[self.types.get(key, CustomField.Type.TEXT)](key, cell)


def _address(cell: str) -> str:
    return "" if cell.lower() in _NOTHING else cell


def _number(key: str, cell: str) -> int | float:
    if not _NUMBER.fullmatch(cell):
        raise InvalidField(key, "this is no number, such as 1250.50")
    value = float(cell.replace(",", "."))
    return int(value) if value.is_integer() else value


def _boolean(key: str, cell: str) -> bool:
    word = cell.lower()
    if word not in _YES | _NO:
        raise InvalidField(key, "this is neither yes nor no")
    return word in _YES


def _date(key: str, cell: str) -> str:
    """Return the date as ISO 8601. 03/04/2026 is refused: half the world reads it as another day."""
    try:
        return date.fromisoformat(cell[:10]).isoformat()
    except ValueError:
        raise InvalidField(key, "this is no date in the form 2026-05-31") from None


_READ: Mapping[str, Callable[[str, str], Any]] = {
    CustomField.Type.TEXT: lambda _key, cell: cell,
    CustomField.Type.NUMBER: _number,
    CustomField.Type.BOOLEAN: _boolean,
    CustomField.Type.DATE: _date,
}
