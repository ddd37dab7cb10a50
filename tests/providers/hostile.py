"""Bodies that no honest vendor sends: any bytes, any JSON, and true samples with one part exchanged for anything."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

BODIES = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"data": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
    b'{"type": "\\u0000", "data": {"conversation_id": "\\u0000"}}',
    b'{"type": "\\ud800", "data": {"conversation_id": "\\udfff"}, "entry": [{"changes": [{"field": "\\ud800"}]}]}',
    b'{"type": NaN, "data": Infinity, "entry": 1e999}',
    b'{"data": ' + b"9" * 5000 + b"}",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"\x00" * 100,
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**63)
    | st.floats()
    | st.text()
    | st.sampled_from(["\x00", "\ud800", "9" * 30, "-1", "1e5"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def written(value: object) -> bytes:
    """Return `value` as JSON, its lone surrogates escaped and its NaN spelt out."""
    return json.dumps(value).encode()


@st.composite
def maimed(draw: st.DrawFn, sample: dict[str, Any]) -> dict[str, Any]:
    """Return `sample` with one of its parts, at any depth, exchanged for an arbitrary value."""
    whole = copy.deepcopy(sample)
    place: Any = whole
    while True:
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
            place[key] = draw(values)
            return whole
        place = place[key]
