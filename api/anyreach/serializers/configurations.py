"""Configurations in the words of the dialect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.anyreach.fields import Name, Shape, Word
from api.fields import AnyObject, Text, Whole
from campaigns.models import Configuration as Model
from campaigns.retry_policy import LONGEST_DELAY_MINUTES

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MOST_WINDOWS = 100
MOST_ZONES = 600
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_END = rf"{_TIME}|^24:00$"

# What the dialect calls the domain's columns.
_SCHEDULE = {
    "default_timezone": "default_timezone",
    "default_windows": "windows",
    "overrides": "overrides",
    "scheduled_windows": "first_call_windows",
    "scheduled_overrides": "first_call_overrides",
}
_TEXTS = {"agent_id": "agent_external_id", "agent_version": "agent_version", "agent_number": "agent_number"}
_OBJECTS = ("agent_config", "initial_context")
_PLAIN = ("name", "max_retries", "retry_delay_minutes", "default_country_code")


class TimeWindow(Shape):
    """Hours on some days. `end` before `start` is on the next day, and that part belongs to the day of `start`."""

    days = serializers.ListField(child=Word(DAYS), min_length=1, max_length=7)
    start = serializers.RegexField(_TIME)
    end = serializers.RegexField(_END)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if values["start"] == values["end"]:
            raise ValidationError("start and end must differ; the whole day is 00:00 to 24:00")
        days = sorted({DAYS.index(day) for day in values["days"]})
        return {"days": days, "start": values["start"], "end": "24:00" if values["end"] == "00:00" else values["end"]}

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        start, end = instance["start"][:5], instance["end"][:5]
        is_midnight = end == "24:00" and start != "00:00"
        days = [DAYS[day] for day in instance["days"]]
        return {"days": days, "start": start, "end": "00:00" if is_midnight else end}


class ZoneOverride(Shape):
    """Other windows for some time zones."""

    timezones = serializers.ListField(child=Text(longest=64), min_length=1, max_length=MOST_ZONES)
    windows = serializers.ListField(child=TimeWindow(), max_length=MOST_WINDOWS)


class ZoneOverrides(serializers.ListField):
    """Overrides as a list; the domain keeps them by zone, so that no zone can have two."""

    child = ZoneOverride()

    def to_internal_value(self, data: Any) -> Any:
        by_zone: dict[str, Any] = {}
        for override in super().to_internal_value(data):
            for zone in override["timezones"]:
                if zone in by_zone:
                    raise ValidationError("A time zone is named twice.")
                by_zone[zone] = override["windows"]
        return by_zone

    def to_representation(self, data: Any) -> list[Any]:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        windows: dict[str, Sequence[Any]] = {}
        for zone in sorted(data):
            groups[repr(data[zone])].append(zone)
            windows[repr(data[zone])] = data[zone]
        return list(super().to_representation([{"timezones": groups[key], "windows": windows[key]} for key in groups]))


class ScheduleIn(Shape):
    default_timezone = Text(longest=64, required=False)
    default_windows = serializers.ListField(child=TimeWindow(), max_length=MOST_WINDOWS, required=False)
    overrides = ZoneOverrides(required=False)
    scheduled_windows = serializers.ListField(
        child=TimeWindow(), max_length=MOST_WINDOWS, required=False, allow_null=True
    )
    scheduled_overrides = ZoneOverrides(required=False, allow_null=True)


class ConfigurationUpdate(Shape):
    name = Name(required=False)
    schedule = ScheduleIn(required=False)
    max_retries = Whole(min_value=0, max_value=10, required=False)
    retry_delay_minutes = Whole(min_value=0, max_value=LONGEST_DELAY_MINUTES, required=False)
    default_country_code = Text(longest=5, required=False)
    agent_id = Text(longest=255, required=False, allow_null=True)
    agent_version = Text(longest=255, required=False, allow_null=True)
    agent_number = Text(longest=32, required=False, allow_null=True)
    agent_config = AnyObject(required=False, allow_null=True)
    initial_context = AnyObject(required=False, allow_null=True)


class ConfigurationCreate(ConfigurationUpdate):
    name = Name()


class Schedule(Shape):
    default_timezone = serializers.CharField()
    default_windows = TimeWindow(many=True)
    overrides = ZoneOverrides()
    scheduled_windows = serializers.ListField(child=TimeWindow(), allow_null=True)
    scheduled_overrides = ZoneOverrides(allow_null=True)


class Configuration(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    schedule = Schedule()
    max_retries = serializers.IntegerField()
    retry_delay_minutes = serializers.IntegerField()
    default_country_code = serializers.CharField()
    agent_id = serializers.CharField(allow_null=True)
    agent_version = serializers.CharField(allow_null=True)
    agent_number = serializers.CharField(allow_null=True)
    agent_config = AnyObject()
    initial_context = AnyObject()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ConfigurationList(Shape):
    configurations = Configuration(many=True)


def as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a validated configuration as the domain's service takes it: only what was said."""
    schedule = values.get("schedule", {})
    return {
        **{name: values[name] for name in _PLAIN if name in values},
        **{column: schedule[name] for name, column in _SCHEDULE.items() if name in schedule},
        **{column: values[name] or "" for name, column in _TEXTS.items() if name in values},
        **{name: values[name] or {} for name in _OBJECTS if name in values},
    }


def shown_configuration(row: Model) -> dict[str, Any]:
    """Return a configuration as it is shown."""
    return {
        **{name: getattr(row, name) for name in ("id", *_PLAIN, *_OBJECTS, "created_at", "updated_at")},
        **{name: getattr(row, column) or None for name, column in _TEXTS.items()},
        "schedule": {name: getattr(row, column) for name, column in _SCHEDULE.items()},
    }
