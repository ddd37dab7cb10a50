"""Turn what people type into telephone numbers, and telephone numbers into the zones their owners may live in.

No message here ever contains a number: numbers are personal data and messages end up in logs.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

from lib import zones as zone_data
from lib.area_codes import zones_of_area

_LONGEST_INPUT = 250
_FLOATING_POINT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_WHOLE_FLOAT = re.compile(r"(\d{7,})\.0+")  # a spreadsheet's number cell, written as text
_SPREADSHEET_QUOTES = " \t\r\n'\"`=\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
_LABEL = re.compile(r"tel(?:[.:]|\s)\s*", re.IGNORECASE)
_INTERNATIONAL_PREFIX = re.compile(r"00(?=\s*[1-9])")
_BETWEEN_NUMBERS = re.compile(r"[;,/|\t\r\n]")
_SHORTEST_OF_SEVERAL = 7  # digits; shorter pieces are an area code before a slash, as German numbers have
_NO_PERSONS_ZONE = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)
_OF_AN_AREA = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_NORTH_AMERICA = 1  # calling code
_NO_COUNTRY = "001"  # the library's region of satellite and other numbers that belong to the whole world
_UNKNOWN_ZONE = "Etc/Unknown"


class PhoneErrorCode(StrEnum):
    """What is wrong with something that should be a telephone number."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    ROUNDED_BY_SPREADSHEET = "rounded_by_spreadsheet"
    COUNTRY_UNKNOWN = "country_unknown"
    HAS_EXTENSION = "has_extension"
    SEVERAL_NUMBERS = "several_numbers"
    INVALID = "invalid"


_MESSAGES = {
    PhoneErrorCode.EMPTY: "There is no phone number.",
    PhoneErrorCode.NOT_A_NUMBER: "This is not a phone number.",
    PhoneErrorCode.ROUNDED_BY_SPREADSHEET: (
        "A spreadsheet has rounded this phone number. Format the column as text, enter the numbers again and re-export."
    ),
    PhoneErrorCode.COUNTRY_UNKNOWN: "Write the phone number with its country code, starting with +.",
    PhoneErrorCode.HAS_EXTENSION: "This phone number has an extension, which cannot be dialed automatically.",
    PhoneErrorCode.SEVERAL_NUMBERS: "There is more than one phone number here.",
    PhoneErrorCode.INVALID: "This phone number does not exist in its country's numbering plan.",
}


class PhoneError(ValueError):
    """Say why a text is not a telephone number we can call. `code` is for programs, the message for people."""

    def __init__(self, code: PhoneErrorCode) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code


def normalize(raw: str, *, default_region: str | None) -> str:
    """Return the E.164 form (``+34611223344``) of a number as people and spreadsheets write it.

    `default_region` is the ISO country code of numbers written without one; with None those are refused.
    Raises PhoneError.
    """
    text = _cleaned(raw)
    try:
        number = _valid(text, default_region)
    except PhoneError:
        # Half the world dials 00 before a country code, and writes it whatever the default region dials.
        if not _INTERNATIONAL_PREFIX.match(text):
            raise
        number = _valid(_INTERNATIONAL_PREFIX.sub("+", text, count=1), None)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _cleaned(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw[:_LONGEST_INPUT])
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")  # invisible marks of copied text
    text = _LABEL.sub("", text.strip(_SPREADSHEET_QUOTES), count=1)
    if not text:
        raise PhoneError(PhoneErrorCode.EMPTY)
    if _FLOATING_POINT.fullmatch(text):
        raise PhoneError(PhoneErrorCode.ROUNDED_BY_SPREADSHEET)
    pieces = [sum(map(str.isdecimal, piece)) for piece in _BETWEEN_NUMBERS.split(text)]
    if sum(digits >= _SHORTEST_OF_SEVERAL for digits in pieces) > 1:
        raise PhoneError(PhoneErrorCode.SEVERAL_NUMBERS)
    whole = _WHOLE_FLOAT.fullmatch(text)
    return whole.group(1) if whole else text


def _valid(text: str, default_region: str | None) -> PhoneNumber:
    number = _parsed(text, default_region)
    if number.extension:
        raise PhoneError(PhoneErrorCode.HAS_EXTENSION)
    if any(map(str.isalpha, text)):  # the library would dial a word by the letters on the keys
        raise PhoneError(PhoneErrorCode.NOT_A_NUMBER)
    if not phonenumbers.is_valid_number(number):
        raise PhoneError(PhoneErrorCode.INVALID)
    return number


def _parsed(text: str, default_region: str | None = None) -> PhoneNumber:
    try:
        return phonenumbers.parse(text, default_region)
    except NumberParseException as error:
        without_country = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
        code = PhoneErrorCode.COUNTRY_UNKNOWN if without_country else PhoneErrorCode.NOT_A_NUMBER
        raise PhoneError(code) from None  # the library's message may repeat what was typed


def main_region(calling_code: str) -> str | None:
    """Return the main country of a calling code, ``US`` for ``+1``; None where there is no such code."""
    digits = calling_code.removeprefix("+")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", digits):
        return None
    code = phonenumbers.region_code_for_country_code(int(digits))
    return None if code in ("ZZ", _NO_COUNTRY) else code


def region(e164: str) -> str | None:
    """Return the ISO country code a number belongs to, None for numbers of no country. Raises PhoneError."""
    code = phonenumbers.region_code_for_number(_parsed(e164))
    return None if code in (None, _NO_COUNTRY) else code


@lru_cache(maxsize=8192)
def zones(e164: str) -> tuple[str, ...]:
    """Return today's names of all time zones in which the owner of a number may be, the likeliest first.

    Empty means unknown. A number of the North American plan has every zone of its area code, any other every zone of
    its country: its owner is contacted only when each allows it. Toll-free, premium, shared-cost and company-wide
    numbers, voice mail, numbers of no country and texts that are no number tell nothing.

    The phone library's own zones of an area only say which is likeliest: they stand for groups of places and are years
    old, so that Algeria is in Paris, Chihuahua has Mazatlan's time and Punta Arenas Santiago's winter.
    """
    try:
        number = _parsed(e164)
    except PhoneError:
        return ()
    kind = phonenumbers.number_type(number)
    if kind in _NO_PERSONS_ZONE:
        return ()
    of_country = zone_data.of_country(phonenumbers.region_code_for_number(number) or "")
    of_area = zones_of_area(e164) if number.country_code == _NORTH_AMERICA and kind in _OF_AN_AREA else frozenset()
    possible = tuple(name for name in of_country if name in of_area) or of_country
    if len(possible) == 1:
        return possible
    guess = [zone_data.canonical(name) for name in time_zones_for_number(number) if name != _UNKNOWN_ZONE]
    return tuple(sorted(possible or guess, key=lambda name: [name] != guess))


def masked(e164: str) -> str:
    """Return a form that may be logged: the last three digits, as ``...123`` with one ellipsis character."""
    return f"\N{HORIZONTAL ELLIPSIS}{e164[-3:]}"
