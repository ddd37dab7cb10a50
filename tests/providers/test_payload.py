"""What of a vendor's JSON is believed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import payload
from tests.providers import hostile


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"[" * 100_000, b"9" * 5000, b"\xff", b"{'a': 1}"])
def test_what_is_no_object_is_an_empty_one(body: bytes) -> None:
    assert payload.read_object(body) == {}


def test_what_postgresql_refuses_is_replaced() -> None:
    body = b'{"a\\u0000": "x\\u0000y", "b": ["\\ud800"], "c": {"d": NaN, "e": 1e999}, "f": "\\ud83d\\ude00", "g": 1.5}'
    assert payload.read_object(body) == {
        "a\ufffd": "x\ufffdy",
        "b": ["?"],
        "c": {"d": None, "e": None},
        "f": "\U0001f600",
        "g": 1.5,
    }


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(), hostile.values))
def test_every_object_is_storable(value: dict[str, Any]) -> None:
    stored = json.dumps(payload.read_object(hostile.written(value)), ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in stored
    stored.encode()


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        (7.9, 7),
        ("7", 7),
        (0, 0),
        (2**31 - 1, 2**31 - 1),
        (2**31, None),
        (-1, None),
        (True, None),
        ("-7", None),
        ("7.5", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", None),
        ("9" * 5000, None),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_a_whole_number_fits_a_column(value: object, number: int | None) -> None:
    assert payload.whole(value) == number


@pytest.mark.parametrize("value", [None, 0, -5, "soon", True, 10**18, float("1e300")])
def test_no_moment_is_no_time(value: object) -> None:
    assert payload.moment(value) is None


@pytest.mark.parametrize("value", [1_700_000_000, "1700000000", 1_700_000_000.9])
def test_a_moment_is_in_utc(value: object) -> None:
    assert payload.moment(value) == dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC)


@pytest.mark.parametrize(("value", "seconds"), [(1.5, 1.5), (3, 3.0), (-1, 0.0), (True, 0.0), ("3", 0.0), (1e300, 0.0)])
def test_seconds_are_never_negative(value: object, seconds: float) -> None:
    assert payload.seconds(value) == seconds
