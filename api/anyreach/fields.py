"""Fields that take exactly what the contract's types say, and shapes that show every property they have."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.fields import Text

LONGEST_NAME = 255
DEFAULT = "default"  # stands in a path for the contacts of no campaign


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
