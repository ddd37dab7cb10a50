"""What no client means well with, sent to every operation of every dialect: a documented 4xx in the dialect's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import Client as DjangoClient

from organizations.models import Organization
from tests.api.declared import EVERY_OPERATION, Declared
from tests.api.fuzz.dialects import DIALECTS
from tests.api.fuzz.population import rows_of
from tests.api.hostile import HOSTILE, NOT_OBJECTS

pytestmark = pytest.mark.django_db

WRITES = [operation for operation in EVERY_OPERATION if operation.writes and not operation.takes_file]
UPLOADS = [operation for operation in EVERY_OPERATION if operation.takes_file]
WITH_PATH = [operation for operation in EVERY_OPERATION if operation.slots]
WITH_QUERY = [operation for operation in EVERY_OPERATION if operation.query]

NESTED = b"[" * 100_000 + b"]" * 100_000
# Values no property may have, as they stand in JSON.
VALUES: Mapping[str, bytes] = {
    "a NUL": b'"a\\u0000b"',
    "half a surrogate pair": b'"\\ud83d"',
    "100,000 nested brackets": NESTED,
    "an integer of 5,000 digits": b"9" * 5_000,
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "a number beyond all": b"-1e400",
    "not UTF-8": b'"\xff\xfe"',
}
MOMENTS = (
    "10000-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "2026-13-40T25:61:61Z",
    "",
    "now",
)
MALFORMED = {"umanize": 422, "agentalk": 400, "anyreach": 422}  # the status of a body that is none
LARGEST = {"umanize": 1_100_000, "agentalk": 1_100_000, "anyreach": 16_100_000}  # bytes no body of theirs may have
TYPES = (
    "",
    "text/plain",
    "text/html; charset=utf-7",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/json; charset=latin-1",
    "application/json; charset=utf-16",
    "application/json; charset=bz2_codec",
    "application/json; charset=\u00e9",
)
# What a parameter of each kind may not be; of a text, that it is not storable or endless.
NOT_TEXT = ("%00", "a%00b", "x" * 5_000)
NOT_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "integer": (
        "",
        "x",
        "NaN",
        "Infinity",
        "1e400",
        "1.5",
        "-1",
        "9" * 5_000,
        "%00",
        "%ED%A0%80",
        "[]",
        "0x10",
        "%EF%BC%91x",
    ),
    "boolean": ("x", "2", "%00", "%ED%A0%80", "[]", "9" * 5_000),
    "uuid": ("x", "%00", "%ED%A0%80", "9" * 5_000, "00000000-0000-4000-8000-00000000000g", "[" * 5_000),
    "word": ("x", "%00", "%ED%A0%80", "9" * 5_000, "[" * 5_000),
    "moment": ("x", "10000-01-01", "10000-01-01T00:00:00Z", "0000-00-00", "NaN", "%00", "%ED%A0%80", "9" * 5_000),
    "text": NOT_TEXT,
}
SEGMENTS = ("x", "%00", "%ff", "%ED%A0%80", "%0A", "..%2F..", "x" * 5_000, "%2e%2e", "9" * 20_000, "%F0%9F%98%80" * 300)


@pytest.fixture
def send(acme: Organization) -> Any:
    """Send a request to an operation as a program of acme's, and check that the answer is a refusal it declares."""
    client, ids = DjangoClient(raise_request_exception=True), rows_of(acme, "Acme")
    credentials = {name: dialect.headers_of(acme) for name, dialect in DIALECTS.items()}

    def send(
        declared: Declared,
        body: bytes = b"",
        *,
        content_type: str = "application/json",
        query: str = "",
        told: str = "",
        **segments: str,
    ) -> int:
        path = declared.at(ids, **segments) + (f"?{query}" if query else "")
        headers = {**credentials[declared.dialect]}
        response = client.generic(declared.method, path, body, content_type, headers=headers)
        status = response.status_code
        if 200 <= status < 300:
            return status
        assert 400 <= status < 500, (told, status, response.content[:200])
        assert str(status) in declared.operation["responses"], (told, status, response.content[:200])
        answer = json.loads(response.content)
        assert DIALECTS[declared.dialect].is_error(status, answer), (told, status, answer)
        return status

    return send


def kind_of(name: str, schema: Mapping[str, Any]) -> str:
    """Return what a parameter is, as the tests' table calls it."""
    if name in ("date_from", "date_to"):
        return "moment"  # declared as a text in the contract
    if schema.get("format") == "uuid":
        return "uuid"
    if "enum" in schema or "pattern" in schema:
        return "word"
    return "text" if schema.get("type") in ("string", "array") else str(schema["type"])


def bodies_for(declared: Declared) -> Iterator[tuple[str, bytes, int]]:
    """Yield what a body is, its bytes, and the status it is answered with."""
    malformed = MALFORMED[declared.dialect]
    yield "a huge body", b'{"name": "' + b"x" * LARGEST[declared.dialect] + b'"}', 413
    yield from ((what, body, malformed) for what, body in HOSTILE.items() if what != "more than a megabyte")
    names = list(declared.properties) or ["name"]
    for number, (what, value) in enumerate(VALUES.items()):
        name = names[number % len(names)]
        yield f"{what} as {name}", b'{"%b": %b}' % (name.encode(), value), malformed
    if declared.takes_json:
        yield from ((what, body, malformed) for what, body in NOT_OBJECTS.items())


@pytest.mark.parametrize("declared", WRITES, ids=str)
def test_a_hostile_body_is_refused(send: Any, declared: Declared) -> None:
    for what, body, status in bodies_for(declared):
        assert (what, send(declared, body, told=what)) == (what, status)


@pytest.mark.parametrize("declared", [operation for operation in WRITES if operation.takes_json], ids=str)
def test_a_time_that_is_none_is_refused(send: Any, declared: Declared) -> None:
    moments = [name for name, schema in declared.properties.items() if schema.get("format") == "date-time"]
    for name in moments:
        for moment in MOMENTS:
            assert (moment, send(declared, json.dumps({name: moment}).encode(), told=moment)) != (moment, 200)


@pytest.mark.parametrize("declared", WRITES, ids=str)
def test_a_body_of_another_type_is_refused(send: Any, declared: Declared) -> None:
    for content_type in TYPES:
        assert (content_type, send(declared, b'{"name": "x"}', content_type=content_type)) == (content_type, 415)


GOOD: Mapping[str, tuple[str, bytes]] = {
    "umanize": ("/customers", b'{"name": "x"}'),
    "agentalk": ("/api/contacts", b'{"phone": "+393471234567"}'),
    "anyreach": ("/campaign/configurations", b'{"name": "x"}'),
}


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "Application/JSON"])
@pytest.mark.parametrize("name", GOOD)
def test_json_may_be_named_in_any_way(acme: Organization, name: str, content_type: str) -> None:
    path, body = GOOD[name]
    headers = dict(DIALECTS[name].headers_of(acme))
    assert DjangoClient().generic("POST", path, body, content_type, headers=headers).status_code == 201


@pytest.mark.parametrize("length", ["-1", "nine"])
@pytest.mark.parametrize("name", GOOD)
def test_a_length_that_is_none_does_no_harm(acme: Organization, name: str, length: str) -> None:
    path, body = GOOD[name]
    headers = {**DIALECTS[name].headers_of(acme), "Content-Length": length}
    assert DjangoClient().generic("POST", path, body, "application/json", headers=headers).status_code < 500


MULTIPART = "multipart/form-data; boundary=x"
FILES: Mapping[str, tuple[str, bytes]] = {
    "JSON": ("application/json", b'{"file": "x"}'),
    "no boundary": ("multipart/form-data", b"--x\r\n\r\n--x--"),
    "nothing": (MULTIPART, b""),
    "cut short": (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nema'),
    "no file": (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n'),
    "a text for a file": (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nemail\r\n--x--\r\n'),
    "a boundary without end": ("multipart/form-data; boundary=" + "x" * 5_000, b"--x--"),
    "a foreign charset": (
        MULTIPART + "; charset=utf-7",
        b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n--x--',
    ),
    **{
        what: (
            MULTIPART,
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n--x--\r\n'
            % (name, content),
        )
        for what, name, content in (
            ("a workbook that is none", b"a.xlsx", b"PK\x03\x04" + b"\xff" * 500),
            ("a file of another kind", b"a.exe", b"MZ"),
            ("an empty file", b"a.csv", b""),
            ("NULs alone", b"a.csv", b"\x00" * 1_000),
            ("a name with a NUL", b"a\x00.csv", b"\x00"),
        )
    },
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("declared", UPLOADS, ids=str)
def test_a_file_that_is_none_is_refused(send: Any, declared: Declared, what: str) -> None:
    content_type, body = FILES[what]
    assert send(declared, body, content_type=content_type, told=what) >= 400


@pytest.mark.parametrize("declared", WITH_QUERY, ids=str)
def test_a_parameter_that_is_none_is_refused(send: Any, declared: Declared) -> None:
    # Lists share most of their parameters: each is tried with some of the values, and all together with all of them.
    first = WITH_QUERY.index(declared)
    for number, (name, schema) in enumerate(declared.query.items()):
        values = NOT_OF_KIND[kind_of(name, schema)]
        for value in {values[(first + number + step) % len(values)] for step in range(3)}:
            told = f"{name}={value[:40]}"
            assert (told, send(declared, query=f"{name}={value}", told=told) >= 400) == (told, True)


@pytest.mark.parametrize("declared", WITH_QUERY, ids=str)
def test_of_a_parameter_sent_twice_the_last_is_judged(send: Any, declared: Declared) -> None:
    for name, schema in declared.query.items():
        bad, kind = NOT_OF_KIND[kind_of(name, schema)][-1], kind_of(name, schema)
        good = {"integer": "1", "boolean": "true", "moment": "2026-01-01"}.get(kind, "")
        assert (name, send(declared, query=f"{name}={good}&{name}={bad}", told=name) >= 400) == (name, True)


@pytest.mark.parametrize("declared", WITH_PATH, ids=str)
def test_a_segment_of_a_path_that_is_no_id_is_refused(send: Any, declared: Declared) -> None:
    first = WITH_PATH.index(declared)
    for slot in declared.slots:
        for segment in [SEGMENTS[(first + step) % len(SEGMENTS)] for step in range(4)]:
            body = b"{}" if declared.takes_json else b""
            told = f"{slot}={segment[:40]}"
            assert (told, send(declared, body, told=told, **{slot: segment}) >= 400) == (told, True)


@pytest.mark.parametrize("declared", EVERY_OPERATION, ids=str)
def test_parameters_nobody_knows_do_no_harm(send: Any, declared: Declared) -> None:
    body = b"{}" if declared.takes_json else b""
    for query in ("x=%00&x=%ED%A0%BD", f"{'y' * 5_000}=1", "&".join(["z=1"] * 2_000)):
        send(declared, body, query=query, told=query[:40])
