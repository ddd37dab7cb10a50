"""Is hostile JSON refused, quickly, and honest JSON read?"""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.jsontext import JsonError, JsonTooLargeError, loads_strict

MEGABYTE = 1_000_000


def read(body: bytes, max_depth: int = 32) -> object:
    return loads_strict(body, max_bytes=MEGABYTE, max_depth=max_depth)


storable = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False) | storable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(storable, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=100, deadline=None, database=None)
@given(json_values, st.booleans())
def test_honest_json_is_read_as_python_reads_it(value: object, escaped: bool) -> None:
    assert read(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"[1,]", b"{'a':1}", b"tru", b'"a', b'"\\', b"1 2", b"[1] x", b"01", b'"a\nb"', b'"a\x00b"',
     b"\x00", b"]" * 100, b"[" * 31, b'{"a":1,}', b"\xef\xbb\xbf{}"],
)  # fmt: skip
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(JsonError, match="not JSON"):
        read(body)


@pytest.mark.parametrize("body", ['{"a": "\u00e9"}'.encode("latin-1"), '{"a": 1}'.encode("utf-16"), b'"\xed\xa0\x80"'])
def test_another_encoding_is_refused(body: bytes) -> None:
    with pytest.raises(JsonError, match="UTF-8"):
        read(body)


@pytest.mark.parametrize("body", [b"NaN", b"[Infinity]", b'{"a": -Infinity}'])
def test_what_is_no_number_is_refused(body: bytes) -> None:
    with pytest.raises(JsonError, match="NaN"):
        read(body)


@pytest.mark.parametrize("body", [b"1e400", b"-1e400", b"1.0" + b"0" * 10 + b"e999999999999", b"9" * 30 + b"e999"])
def test_a_number_beyond_a_double_is_refused(body: bytes) -> None:
    with pytest.raises(JsonError, match="too large"):
        read(body)


@pytest.mark.parametrize(
    "body", [b"9223372036854775808", b"-9223372036854775809", b"9" * 5000, b"[" + b"9" * 900_000 + b"]"]
)
def test_an_integer_beyond_64_bits_is_refused(body: bytes) -> None:
    with pytest.raises(JsonError, match="64 bits"):
        read(body)


def test_the_ends_of_64_bits_are_read() -> None:
    assert read(b"[9223372036854775807, -9223372036854775808]") == [2**63 - 1, -(2**63)]


@pytest.mark.parametrize("body", [b'{"a":1,"a":1}', b'[{"b":{"a":1,"\\u0061":2}}]'])
def test_a_key_twice_is_refused(body: bytes) -> None:
    with pytest.raises(JsonError, match="twice"):
        read(body)


@pytest.mark.parametrize(
    "body",
    [b'"\\u0000"', b'["a", {"b": "x\\u0000"}]', b'{"\\u0000": 1}', b'"\\ud800"', b'"\\uDFFF"',
     b'"\\ude00\\ud83d"', b'{"a\\udc00": 1}'],
)  # fmt: skip
def test_a_text_postgresql_cannot_store_is_refused(body: bytes) -> None:
    with pytest.raises(JsonError, match="NUL"):
        read(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\u00e9"', "\u00e9"),
    ],
)
def test_a_text_that_only_looks_like_one_is_read(body: bytes, value: str) -> None:
    assert read(body) == value


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_nesting_as_deep_as_the_machine_is_refused_before_parsing(opening: bytes) -> None:
    with pytest.raises(JsonError, match="32 levels"):
        read(opening * 100_000)


def test_the_depth_allowed_is_read_and_one_more_is_not() -> None:
    assert read(b"[" * 5 + b"]" * 5, max_depth=5) == [[[[[]]]]]
    with pytest.raises(JsonError, match="5 levels"):
        read(b"[" * 6 + b"]" * 6, max_depth=5)


def test_depth_is_not_length() -> None:
    assert read(b"[" + b"[],{}," * 500 + b"0]", max_depth=2) == [*[[], {}] * 500, 0]


def test_brackets_inside_texts_are_not_nesting() -> None:
    text = '[[[{{{"\\[[[['
    assert read(json.dumps([text, {text: text}]).encode(), max_depth=2) == [text, {text: text}]


def test_an_escaped_quote_does_not_hide_nesting() -> None:
    with pytest.raises(JsonError, match="levels"):
        read(b'["\\"", ' + b"[" * 50 + b'"\\""' + b"]" * 51)


def test_a_body_too_large_is_not_looked_at() -> None:
    with pytest.raises(JsonTooLargeError):
        loads_strict(b"[" * 11, max_bytes=10, max_depth=1)


@pytest.mark.parametrize(
    "body",
    [b'"\\"' * 333_000, b'"' * MEGABYTE, b"[]" * 500_000, b"[" * 500_000 + b"]" * 500_000, b'[["' + b"\\\\" * 499_000,
     b'{"a":' + b'"\\u0041' * 140_000, b"-" * MEGABYTE, b"[" + b"1," * 499_000 + b"1]"],
)  # fmt: skip
def test_no_megabyte_takes_long(body: bytes) -> None:
    started = time.process_time()
    try:
        read(body)
    except JsonError as error:
        assert len(str(error)) < 200
    assert time.process_time() - started < 1


def test_an_error_does_not_repeat_the_body() -> None:
    with pytest.raises(JsonError) as refused:
        read(b'{"phone": "+34611223344" "x"}')
    assert "611" not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert refused.value.__suppress_context__
