"""Fields that take exactly what the contract's types say, and shapes that show every property they have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

LONGEST_TEXT = 20_000
LONGEST_NAME = 255
LARGEST_INTEGER = 2**31 - 1
DEFAULT = "default"  # stands in a path for the contacts of no campaign


def at_most(limit: int) -> Callable[[Any], None]:
    """Return a validator for texts and lists of at most `limit` items, or numbers up to it, which is not advertised."""

    def check(value: Any) -> None:
        if isinstance(value, int) and value > limit:
            raise ValidationError(f"This must be at most {limit}.")
        if not isinstance(value, int) and len(value) > limit:
            raise ValidationError(f"This may have at most {limit} items or characters.")

    return check


class Text(serializers.CharField):
    """A string as it was sent: never trimmed, never made from a number."""

    def __init__(self, *, longest: int = LONGEST_TEXT, **kwargs: Any) -> None:
        kwargs = {"trim_whitespace": False, "allow_blank": True, **kwargs}
        super().__init__(**kwargs)
        self.validators.append(at_most(longest))

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Name(Text):
    """A string of at most 255 characters that says something."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=LONGEST_NAME, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not value.strip():
            self.fail("blank")
        return value


class ExternalId(Text):
    """An id of the caller's own. It stands in paths where a UUID may stand, so it must not look like one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=LONGEST_NAME, required=False, allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if value == DEFAULT or as_uuid(value) is not None:
            raise ValidationError("This may be neither the word default nor a UUID.")
        return value


class Whole(serializers.IntegerField):
    """A JSON number without a fraction, within what the database can hold."""

    def __init__(self, *, largest: int = LARGEST_INTEGER, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators.append(at_most(largest))

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)


@extend_schema_field({"type": "number"})
class Number(serializers.FloatField):
    """A JSON number."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class AnyObject(serializers.DictField):
    """A JSON object of any content."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return data


class Moment(serializers.DateTimeField):
    """A time in ISO 8601, as a string; a naive one is UTC."""

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return super().to_internal_value(value)


class Word(serializers.ChoiceField):
    """One word of a closed list, as a string."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return str(super().to_internal_value(data))


class Shape(serializers.Serializer[Any]):
    """A JSON object of the dialect. Properties it does not know are passed over."""


def as_uuid(text: str) -> UUID | None:
    """Return the id a text is, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
