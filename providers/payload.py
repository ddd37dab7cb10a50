"""Read a vendor's JSON without trusting any of it: what is missing, odd or broken becomes empty, never an error."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

_MAX_INTEGER = 2**31 - 1  # what an integer column holds


def read_object(body: bytes | str) -> dict[str, Any]:
    """Return the JSON object in `body`, made safe to store in PostgreSQL; empty where there is none. Never raises."""
    try:
        value = json.loads(body.decode() if isinstance(body, bytes) else body)
        return storable(value) if isinstance(value, dict) else {}
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of 5,000 digits, 100,000 brackets
        return {}


def mapping(value: object) -> dict[str, Any]:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[dict[str, Any]]:
    """Return the objects in the list `value`, leaving out everything else."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return `value` if it is a string, else ''."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Return a number, or a string of digits, as an integer in 0..2**31-1; None for everything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_INTEGER:
        return None
    return int(value)


def seconds(value: object) -> float:
    """Return a number of seconds of at least 0; 0.0 for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_INTEGER:
        return 0.0
    return float(value)


def moment(value: object) -> datetime | None:
    """Return the UTC time of Unix seconds given as a number or as digits; None for everything else."""
    stamp = whole(value)
    return datetime.fromtimestamp(stamp, UTC) if stamp else None


def storable(value: Any) -> Any:
    """Return `value` without what JSON may carry and PostgreSQL refuses: NUL, lone surrogates, infinities."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {storable(key): storable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [storable(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
