"""Objects with names in camelCase, and fields that take what the contract's types say.

A text is never made from a number, nor a number from a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.fields import LONGEST_TEXT


def camel(name: str) -> str:
    """Return a name in snake_case as the dialect writes it."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


class Shape(serializers.Serializer[Any]):
    """A JSON object of the dialect: fields declared in snake_case have names in camelCase."""

    def get_fields(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in super().get_fields().items():
            if camel(name) != name and field.source is None:
                field.source = name
            found[camel(name)] = field
        return found


class Text(serializers.CharField):
    """A JSON string as it was sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, "allow_blank": True, "max_length": LONGEST_TEXT, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Word(serializers.ChoiceField):
    """One word of a closed list. `words` maps the domain's words to the dialect's."""

    def __init__(self, choices: Any, *, words: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.words = words

    def to_representation(self, value: Any) -> str:
        return self.words[value]


class AnyObject(serializers.DictField):
    """A JSON object of any content."""


class Moment(serializers.DateTimeField):
    """A time, ISO 8601; one without a zone is UTC."""

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]")
        return super().to_internal_value(value)
