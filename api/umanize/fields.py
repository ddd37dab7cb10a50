"""Fields that take exactly what the contract's types say, and show nothing else in the OpenAPI document.

Limits that protect the database but are not the vendor's are enforced here without being advertised.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.fields import Text


class Name(Text):
    """A string of at most 255 characters that says something."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=255, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not value.strip():
            self.fail("blank")
        return value


class Word(serializers.ChoiceField):
    """One word of a closed list, as a string. `words` maps the domain's words to the dialect's, where they differ."""

    def __init__(self, choices: Any, *, words: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.words = words or {}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return str(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        return self.words.get(value, str(value))


class WallTime(serializers.TimeField):
    """A time on somebody's wall, ``HH:MM:SS``. A zone would be meaningless: each person's own holds."""

    def to_internal_value(self, value: Any) -> time:
        if not isinstance(value, str) or any(mark in value[5:] for mark in "Zz+-"):
            raise ValidationError("Write a local time without a zone, such as 09:00:00", code="time_parsing")
        read: time = super().to_internal_value(value)
        return read


class Several(Text):
    """Words with commas between them, as a list. `one` reads each."""

    def __init__(self, *, one: serializers.Field[Any, Any, Any, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.one = one

    def to_internal_value(self, data: Any) -> Any:
        words = [word.strip() for word in super().to_internal_value(data).split(",")]
        return [self.one.to_internal_value(word) for word in dict.fromkeys(words) if word]

    def run_validators(self, value: Any) -> None:
        """Leave the list alone: the text it was made of has been looked at word by word."""


class Shape(serializers.Serializer[Any]):
    """A JSON object of the dialect. In and out, a property that is null is one that is not there."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {name: value for name, value in shown.items() if value is not None or self.fields[name].required}


class Changes(Shape):
    """A JSON object that changes something. Null empties a property that is `clearable`, and is nothing elsewhere."""

    clearable: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        for name in self.clearable:
            if name in data and data[name] is None:
                values[str(self.fields[name].source)] = None
        return values
