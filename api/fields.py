"""Fields that are the same in every dialect: they take exactly what a contract's types say.

Limits that protect the database but are no vendor's are enforced here without being advertised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

LONGEST_TEXT = 20_000
LARGEST_INTEGER = 2**31 - 1


def at_most(limit: int) -> Callable[[Any], None]:
    """Return a validator for texts and lists of at most `limit` items, or numbers up to it."""

    def check(value: Any) -> None:
        if isinstance(value, int) and value > limit:
            raise ValidationError(f"Input should be less than or equal to {limit}", code="less_than_equal")
        if not isinstance(value, int) and len(value) > limit:
            raise ValidationError(f"Input should have at most {limit} items or characters", code="too_long")

    return check


class Id(serializers.UUIDField):
    """A UUID, as a string: of a number or anything else none is made."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


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
