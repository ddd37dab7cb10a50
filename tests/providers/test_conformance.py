"""What every adapter makes of an answer, whoever the vendor is: accepted, certainly refused, or in doubt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import monotonic

import pytest

from providers.base import Accepted, InDoubt, RefusalCode, Refused
from tests.providers import vendor_server as vendor
from tests.providers.conformance import BENCHES, HTTP_BENCHES, TOTAL_SECONDS, Bench, HttpBench
from tests.providers.vendor_server import Behaviour

SLACK_SECONDS = 1.0  # of a loaded machine


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    built = BENCHES[request.param]()
    yield built
    built.close()


@pytest.fixture(params=HTTP_BENCHES)
def http_bench(request: pytest.FixtureRequest) -> Iterator[HttpBench]:
    built = HTTP_BENCHES[request.param]()
    yield built
    built.close()


def test_a_success_with_an_id_is_accepted(bench: Bench) -> None:
    bench.stage("accepts")
    result = bench.submit()
    assert isinstance(result, Accepted)
    assert result.provider_id
    assert bench.submissions() == 1


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        ("is down", RefusalCode.UNREACHABLE),
        ("refuses credentials", RefusalCode.UNAUTHORIZED),
        ("refuses address", RefusalCode.INVALID_ADDRESS),
        ("asks to slow down", RefusalCode.RATE_LIMITED),
    ],
)
def test_a_definite_no_is_refused_with_its_reason(bench: Bench, scene: str, code: RefusalCode) -> None:
    bench.stage(scene)
    result = bench.submit()
    assert isinstance(result, Refused)
    assert result.code is code


@pytest.mark.parametrize("scene", ["hangs", "drips", "drops", "answers garbage"])
def test_whatever_else_happens_is_in_doubt_in_bounded_time_after_one_try(bench: Bench, scene: str) -> None:
    bench.stage(scene)
    started = monotonic()
    assert isinstance(bench.submit(), InDoubt)
    assert monotonic() - started < TOTAL_SECONDS + SLACK_SECONDS
    assert bench.submissions() == 1


def test_a_request_for_patience_tells_how_long(http_bench: HttpBench) -> None:
    http_bench.stage("asks to slow down")
    result = http_bench.submit()
    assert isinstance(result, Refused)
    assert result.retry_after_seconds == 7


DOUBTFUL: dict[str, Behaviour] = {
    **{f"HTTP {status}": vendor.answer(status, {"success": True}) for status in (408, 409, 500, 502, 503, 504, 529)},
    **{f"HTTP {status}": vendor.answer(status, {}, {"location": "/elsewhere"}) for status in (301, 302, 307, 308)},
    "an empty success": vendor.answer(200, b""),
    "a success with no body at all": vendor.raw(b"HTTP/1.1 204 No Content\r\n\r\n", keep=True),
    "a success that is not JSON": vendor.answer(200, b"<html>", {"content-type": "text/html"}),
    "a success that is half JSON": vendor.answer(200, b'{"success": true, "conversation_id": "co'),
    "a list": vendor.answer(200, []),
    "null": vendor.answer(200, b"null"),
    "a number of 5,000 digits": vendor.answer(200, b"9" * 5000),
    "100,000 brackets": vendor.answer(200, b"[" * 100_000),
    "bytes of no charset": vendor.answer(200, b'{"success": true, "conversation_id": "\xff\xfe"}'),
    "odd types": vendor.answer(200, {"success": "yes", "conversation_id": 7, "messages": {"id": "x"}}),
    "half an answer": vendor.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}"),
    "half a head": vendor.raw(b"HTTP/1.1 200 OK\r\ncontent-le"),
    "half a refusal": vendor.raw(b"HTTP/1.1 401 No\r\ncontent-length: 100\r\n\r\n{}"),
    "a reset": vendor.reset,
    "a hang-up before reading": vendor.close_unread,
    "a body without end": vendor.flood(b"HTTP/1.1 200 OK\r\n\r\n", (b" " * 65536 for _ in range(10_000))),
    "interim answers without end": vendor.flood(b"", (b"HTTP/1.1 100 Go on\r\n\r\n" for _ in range(1_000_000))),
    "a dripping body": vendor.drip(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1500),
    "a compressed body": vendor.answer(200, b"\x1f\x8b\x08\x00", {"content-encoding": "gzip"}),
    "two lengths": vendor.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
}


@pytest.mark.parametrize("behaviour", DOUBTFUL)
def test_an_odd_answer_leaves_doubt_and_is_not_asked_for_again(http_bench: HttpBench, behaviour: str) -> None:
    http_bench.server.will(DOUBTFUL[behaviour])
    started = monotonic()
    assert isinstance(http_bench.submit(), InDoubt)
    assert monotonic() - started < TOTAL_SECONDS + SLACK_SECONDS
    assert http_bench.submissions() <= 1
    assert http_bench.server.connections == 1


def test_a_readable_success_counts_under_any_content_type(http_bench: HttpBench) -> None:
    body = json.dumps(http_bench.accepted).encode()
    http_bench.server.will(vendor.answer(200, body, {"content-type": "text/plain"}))
    assert isinstance(http_bench.submit(), Accepted)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b'{"detail": 7, "error": "x"}'])
def test_a_refusal_needs_no_readable_body(http_bench: HttpBench, body: bytes) -> None:
    http_bench.server.will(vendor.answer(403, body))
    result = http_bench.submit()
    assert isinstance(result, Refused)
    assert result.code is RefusalCode.UNAUTHORIZED


def test_a_connection_is_used_again(http_bench: HttpBench) -> None:
    http_bench.stage("accepts")
    results = [http_bench.submit() for _ in range(3)]
    assert all(isinstance(result, Accepted) for result in results)
    assert http_bench.server.connections == 1


def test_a_connection_closed_by_the_vendor_is_not_used_again(http_bench: HttpBench) -> None:
    body = json.dumps(http_bench.accepted).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    http_bench.server.will(vendor.raw(head + body))
    assert isinstance(http_bench.submit(), Accepted)
    assert http_bench.server.hung_up.wait(5)
    assert isinstance(http_bench.submit(), Accepted)
    assert http_bench.server.connections == 2
