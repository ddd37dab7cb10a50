"""What belongs to the organization as a whole."""

from __future__ import annotations

from rest_framework import serializers

from api.anyreach.fields import Shape
from api.fields import Whole


class ConcurrencyIn(Shape):
    concurrency_limit = Whole(min_value=1, max_value=10_000)


class Concurrency(Shape):
    concurrency_limit = serializers.IntegerField()
    active_count = serializers.IntegerField()


class Timezones(Shape):
    timezones = serializers.ListField(child=serializers.CharField())
