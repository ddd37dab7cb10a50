"""Bring calling hours as somebody wrote them into the form that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib import zones
from lib.errors import InvalidField
from lib.windows import Window

MOST_WINDOWS = 100

StoredWindows = list[dict[str, Any]]


def stored_windows(value: Any, *, field: str) -> StoredWindows:
    """Return windows in the form of `lib.windows`, checked. Raises InvalidField."""
    if not isinstance(value, list):
        raise InvalidField(field, "this must be a list of windows")
    if len(value) > MOST_WINDOWS:
        raise InvalidField(field, f"there may be at most {MOST_WINDOWS} windows")
    try:
        return [Window.from_json(window).to_json() for window in value]
    except ValueError as error:
        raise InvalidField(field, str(error)) from error


def stored_overrides(value: Any, *, field: str) -> dict[str, StoredWindows]:
    """Return ``{IANA zone: windows}``, checked; a zone may be there under one name only. Raises InvalidField."""
    if not isinstance(value, Mapping):
        raise InvalidField(field, "this must map IANA time zones to lists of windows")
    if any(not isinstance(name, str) or zones.zone(name) is None for name in value):
        raise InvalidField(field, "this names something that is no IANA time zone, such as Europe/Rome")
    if len({zones.canonical(name) for name in value}) < len(value):
        raise InvalidField(field, "this names one time zone twice")
    return {name: stored_windows(windows, field=field) for name, windows in value.items()}
