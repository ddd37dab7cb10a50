"""Turn what people write about a customer into the form that is stored and compared: one rule for forms and files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from django.db.models import CharField

from customers.models import Customer
from lib import phone, zones
from lib.email_address import EmailError, normalize_email
from lib.errors import InvalidField

MOST_TAGS = 50
MOST_PHONES = 10
MOST_CUSTOM_FIELDS = 200

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_LONGEST = {field.name: field.max_length or 0 for field in Customer._meta.fields if isinstance(field, CharField)}
_LONGEST_TAG = 64


def clean_text(field: str, value: Any) -> str | None:
    """Return a text without the space around it, None where nothing is left. Raises InvalidField."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidField(field, "this must be a text")
    text = value.strip()
    if len(text) > _LONGEST[field]:
        raise InvalidField(field, f"this is longer than {_LONGEST[field]} characters")
    return text or None


def clean_phone(field: str, value: Any, region: str | None) -> str | None:
    """Return a number in E.164, None for nothing. `region` is the country of numbers without a code.

    Raises InvalidField.
    """
    text = _text(field, value)
    if not text:
        return None
    try:
        return phone.normalize(text, default_region=region)
    except phone.PhoneError as error:
        raise InvalidField(field, str(error)) from None  # nothing of the number may follow the error around


def clean_email(value: Any) -> str | None:
    """Return an address in its comparable form, None for nothing. Raises InvalidField."""
    text = _text("email", value)
    if not text:
        return None
    try:
        return normalize_email(text)
    except EmailError as error:
        raise InvalidField("email", str(error)) from None  # as above


def clean_timezone(value: Any) -> str:
    """Return the IANA name written in whatever case, "" for nothing. Raises InvalidField."""
    text = _text("timezone", value)
    if not text:
        return ""
    name = _zone_names().get(text.replace(" ", "_").casefold())
    if name is None:
        raise InvalidField("timezone", "this is no IANA time zone, such as Europe/Rome")
    return name


def clean_language(value: Any) -> str:
    """Return a language tag such as ``es`` or ``pt-br``, "" for nothing. Raises InvalidField."""
    text = (clean_text("language", value) or "").replace("_", "-").lower()
    if text and not _LANGUAGE.fullmatch(text):
        raise InvalidField("language", "this is no language code, such as es or pt-br")
    return text


def clean_tags(value: Any) -> list[str]:
    """Return tags without repetition, in their order. Raises InvalidField."""
    tags = list(dict.fromkeys(tag for tag in (_text("tags", tag) for tag in _items("tags", value)) if tag))
    if len(tags) > MOST_TAGS:
        raise InvalidField("tags", f"there may be at most {MOST_TAGS} tags")
    if any(len(tag) > _LONGEST_TAG for tag in tags):
        raise InvalidField("tags", f"a tag is longer than {_LONGEST_TAG} characters")
    return tags


def clean_phones(value: Any, region: str | None) -> list[str]:
    """Return further numbers in E.164 without repetition, in their order. Raises InvalidField."""
    numbers = (clean_phone("other_phones", number, region) for number in _items("other_phones", value))
    found = list(dict.fromkeys(number for number in numbers if number))
    if len(found) > MOST_PHONES:
        raise InvalidField("other_phones", f"there may be at most {MOST_PHONES} numbers")
    return found


def clean_custom_fields(value: Any) -> dict[str, Any]:
    """Return a mapping from keys to whatever JSON can say. Raises InvalidField."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) and key for key in value):
        raise InvalidField("custom_fields", "this must be an object")
    if len(value) > MOST_CUSTOM_FIELDS:
        raise InvalidField("custom_fields", f"there may be at most {MOST_CUSTOM_FIELDS} fields")
    return dict(value)


# {field: function of (value, region)}. Every function raises InvalidField.
CLEANERS: Mapping[str, Callable[[Any, str | None], Any]] = MappingProxyType(
    {
        "customer_id": lambda value, _region: clean_text("customer_id", value),
        "name": lambda value, _region: clean_text("name", value),
        "surname": lambda value, _region: clean_text("surname", value),
        "email": lambda value, _region: clean_email(value),
        "phone": lambda value, region: clean_phone("phone", value, region),
        "other_phones": clean_phones,
        "status": lambda value, _region: clean_text("status", value),
        "timezone": lambda value, _region: clean_timezone(value),
        "language": lambda value, _region: clean_language(value),
        "tags": lambda value, _region: clean_tags(value),
        "custom_fields": lambda value, _region: clean_custom_fields(value),
    }
)


def _text(field: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidField(field, "this must be a text")
    return value.strip()


def _items(field: str, value: Any) -> Iterable[Any]:
    if not isinstance(value, list | tuple):
        raise InvalidField(field, "this must be a list")
    return value


@cache
def _zone_names() -> Mapping[str, str]:
    return {name.casefold(): name for name in zones.available()}
