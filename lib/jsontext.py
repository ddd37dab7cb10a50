"""Read JSON from strangers: whatever comes back can be stored in PostgreSQL, and nothing in it can hurt us."""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any, NoReturn

_LONGEST_NUMBER = 20  # characters of the longest 64-bit integer, its sign included
_INTEGERS = range(-(2**63), 2**63)
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)  # closed or not, so that no quote is looked at twice
_BRACKETS = re.compile(r"[^][{}]+")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class JsonError(ValueError):
    """Say what is wrong with a body that should be JSON. The message repeats nothing of the body's content."""


class JsonTooLargeError(JsonError):
    """Say that a body was not even looked at."""


def loads_strict(body: bytes, *, max_bytes: int, max_depth: int) -> Any:
    """Return the value of a UTF-8 JSON text of at most `max_bytes`, nested at most `max_depth` deep.

    Refused besides what is not JSON: a key twice in one object, NaN and infinities, integers beyond 64 bits, floats
    beyond a double, and strings with a NUL or half a surrogate pair. Raises JsonError.
    """
    if len(body) > max_bytes:
        raise JsonTooLargeError(f"The body is larger than {max_bytes} bytes.")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise JsonError("The body is not UTF-8.") from None  # the codec's error carries the body
    if _is_deeper(text, max_depth):
        raise JsonError(f"The body is nested more than {max_depth} levels deep.")
    try:
        value = json.loads(
            text, parse_constant=_refuse, parse_int=_integer, parse_float=_float, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"The body is not JSON: {error.msg} (line {error.lineno} column {error.colno}).") from None
    if _SUSPECT_ESCAPE.search(text) and not _is_storable(value):
        raise JsonError("A text contains a NUL character or half a surrogate pair.")
    return value


def _is_deeper(text: str, max_depth: int) -> bool:
    """Say whether the nesting exceeds a depth, without recursion, reading no bracket that is inside a string."""
    if text.count("[") + text.count("{") <= max_depth:
        return False
    brackets = _BRACKETS.sub("", _STRING.sub("", text))
    return max(accumulate(_STEP[bracket] for bracket in brackets), default=0) > max_depth


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, dict):
        return all(_is_storable(key) and _is_storable(member) for key, member in value.items())
    return not isinstance(value, list) or all(map(_is_storable, value))


def _refuse(_constant: str) -> NoReturn:
    raise JsonError("NaN and infinities are not JSON.")


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) <= _LONGEST_NUMBER else None
    if number is None or number not in _INTEGERS:
        raise JsonError("An integer does not fit into 64 bits.")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonError("A number is too large.")
    return number


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise JsonError("An object has the same key twice.")
    return found
