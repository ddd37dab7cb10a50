"""Fields that are the same in every dialect."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class Id(serializers.UUIDField):
    """A UUID, as a string: of a number or anything else none is made."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)
