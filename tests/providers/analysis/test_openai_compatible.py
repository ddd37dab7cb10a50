"""What is asked of a language model, and which of its answers are an analysis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings

from providers.analysis import prompts
from providers.analysis.contract import Analysis, AnalysisRequest, AnalyzerIdentity
from providers.analysis.openai_compatible import OpenAICompatibleAnalyzer, reading
from providers.base import ProviderError
from providers.http import Answer
from tests.providers import hostile
from tests.providers import vendor_server as vendor
from tests.providers.analysis.conversations import TURNS, analysis, written
from tests.providers.vendor_server import Behaviour, VendorServer

TOTAL_SECONDS = 0.5
REQUEST = AnalysisRequest("Agree on a visit", TURNS)


@pytest.fixture
def server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running


@pytest.fixture
def analyzer(server: VendorServer) -> Iterator[OpenAICompatibleAnalyzer]:
    built = OpenAICompatibleAnalyzer(
        server.url + "/v1", "key-1", "model-1", connect_seconds=0.3, total_seconds=TOTAL_SECONDS
    )
    yield built
    built.close()


def completion(content: object, *, finish_reason: str = "stop", refusal: str | None = None) -> dict[str, Any]:
    message = {
        "role": "assistant",
        "content": content if isinstance(content, str) or content is None else json.dumps(content),
        "refusal": refusal,
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "model-1",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def test_an_analysis_is_read(analyzer: OpenAICompatibleAnalyzer, server: VendorServer) -> None:
    server.will(vendor.answer(200, completion(written())))
    assert analyzer.analyze(REQUEST) == analysis()
    assert analyzer.identity == AnalyzerIdentity("openai-compatible/model-1", prompts.VERSION)


def test_the_schema_is_asked_for_strictly(analyzer: OpenAICompatibleAnalyzer, server: VendorServer) -> None:
    server.will(vendor.answer(200, completion(written())))
    analyzer.analyze(REQUEST)
    (received,) = server.received
    body = received.json()
    assert (received.path, received.headers["authorization"]) == ("/v1/chat/completions", "Bearer key-1")
    assert body["model"] == "model-1"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert "[1] PERSON: Yes, Monday at ten is perfect." in body["messages"][1]["content"]
    asked = body["response_format"]["json_schema"]
    assert (asked["name"], asked["strict"]) == ("goal_analysis", True)


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def test_every_object_of_the_schema_is_closed_and_complete() -> None:
    found = list(objects(Analysis.model_json_schema()))
    assert len(found) == 3
    for schema in found:
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) == set(schema["properties"])


FAILURES: list[tuple[str, Behaviour, bool]] = [
    ("a refusal", vendor.answer(200, completion(None, refusal="I cannot help with that")), True),
    ("a cut", vendor.answer(200, completion('{"verdict": "m', finish_reason="length")), True),
    ("a filter", vendor.answer(200, completion(None, finish_reason="content_filter")), True),
    ("half JSON", vendor.answer(200, completion('{"verdict": "m')), False),
    ("no JSON", vendor.answer(200, completion("The goal was met.")), False),
    ("no content", vendor.answer(200, completion(None)), False),
    ("another verdict", vendor.answer(200, completion(written(verdict="surely"))), False),
    ("a score too high", vendor.answer(200, completion(written(score=1.5))), False),
    ("a score that is no number", vendor.answer(200, completion(json.dumps(written(score=float("nan"))))), False),
    ("an unasked field", vendor.answer(200, completion(written(extra=1))), False),
    ("a missing field", vendor.answer(200, completion({k: v for k, v in written().items() if k != "score"})), False),
    ("no choices", vendor.answer(200, {"choices": []}), False),
    ("a list", vendor.answer(200, []), False),
    ("HTML", vendor.answer(200, b"<html>", {"content-type": "text/html"}), False),
    ("100,000 brackets", vendor.answer(200, b"[" * 100_000), False),
    ("HTTP 400", vendor.answer(400, {"error": {"message": "no such parameter"}}), True),
    ("HTTP 401", vendor.answer(401, {"error": {"message": "bad key"}}), True),
    ("HTTP 404", vendor.answer(404, {"error": {"message": "no such model"}}), True),
    ("HTTP 408", vendor.answer(408, {}), False),
    ("HTTP 429", vendor.answer(429, {"error": {"message": "slow down"}}, {"retry-after": "60"}), False),
    ("HTTP 500", vendor.answer(500, b"oops"), False),
    ("HTTP 503", vendor.answer(503, {}), False),
    ("a redirect", vendor.answer(307, {}, {"location": "/v2"}), False),
    ("silence", vendor.hang, False),
    ("dripping", vendor.drip(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 1500), False),
    ("a reset", vendor.reset, False),
    ("garbage", vendor.raw(b"\x00" * 100), False),
]


@pytest.mark.parametrize(
    ("behaviour", "permanent"), [failure[1:] for failure in FAILURES], ids=[failure[0] for failure in FAILURES]
)
def test_everything_else_is_an_error_that_tells_whether_to_ask_again(
    analyzer: OpenAICompatibleAnalyzer, server: VendorServer, behaviour: Behaviour, permanent: bool
) -> None:
    server.will(behaviour)
    started = monotonic()
    with pytest.raises(ProviderError) as failure:
        analyzer.analyze(REQUEST)
    assert failure.value.permanent is permanent
    assert monotonic() - started < TOTAL_SECONDS + 1.0
    assert len(server.received) == 1


def test_a_closed_port_is_an_error_to_try_again() -> None:
    with VendorServer() as server:
        url = server.url
    analyzer = OpenAICompatibleAnalyzer(url, "key-1", "model-1")
    with pytest.raises(ProviderError) as failure:
        analyzer.analyze(REQUEST)
    analyzer.close()
    assert failure.value.permanent is False


def test_an_error_repeats_nothing_that_was_said() -> None:
    leaky = completion(written(score="Ana owes 300"))
    with pytest.raises(ProviderError) as failure:
        reading(Answer(200, {}, json.dumps(leaky).encode()))
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__
    assert "Ana" not in str(failure.value)


@settings(max_examples=200, deadline=None)
@given(hostile.maimed(completion("{}")), hostile.values)
def test_any_answer_is_an_analysis_or_an_error(body: dict[str, Any], content: Any) -> None:
    for one in (body, completion(json.dumps(content))):
        with pytest.raises(ProviderError):
            reading(Answer(200, {}, hostile.written(one)))


@settings(max_examples=200, deadline=None)
@given(hostile.maimed(written()))
def test_a_maimed_analysis_is_valid_and_storable_or_an_error(content: dict[str, Any]) -> None:
    try:
        found = reading(Answer(200, {}, hostile.written(completion(json.dumps(content)))))
    except ProviderError:
        return
    assert "\\u0000" not in found.model_dump_json()
    found.summary.encode()
