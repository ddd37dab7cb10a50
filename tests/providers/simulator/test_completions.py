from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openai import (
    AuthenticationError,
    BadRequestError,
    DefaultHttpxClient,
    InternalServerError,
    LengthFinishReasonError,
    OpenAI,
    RateLimitError,
)
from openai.types.chat import ParsedChatCompletion
from pydantic import BaseModel, ValidationError

from providers.analysis.contract import Analysis, Label, Verdict
from tests.providers.simulator.rig import MODEL_KEY, NO_TLS, Rig, rig


class goal_analysis(Analysis):  # noqa: N801 - the SDK names the schema after the class
    """The analysis under the schema name that the simulator knows."""


@contextmanager
def model(it: Rig, key: str = MODEL_KEY) -> Iterator[OpenAI]:
    http = DefaultHttpxClient(verify=NO_TLS)
    with OpenAI(api_key=key, base_url=f"{it.simulator.url}/v1", max_retries=0, http_client=http) as client:
        yield client


def ask(client: OpenAI, *lines: str, asks_for: type[BaseModel] = goal_analysis) -> ParsedChatCompletion[Any]:
    spoken = "\n".join(f"[{turn}] {line}" for turn, line in enumerate(lines))
    return client.chat.completions.parse(
        model="any-model",
        messages=[
            {"role": "system", "content": "Judge whether the goal was met. Example line: [0] PERSON: sign me up"},
            {"role": "user", "content": f"The call began at 2026-09-28T11:30.\nGoal: book a demo\n\n{spoken}\n"},
        ],
        response_format=asks_for,
    )


def analysis(it: Rig, *lines: str) -> Analysis:
    with model(it) as client:
        parsed = ask(client, *lines).choices[0].message.parsed
    assert isinstance(parsed, Analysis)
    return parsed


@pytest.fixture(name="it")
def rig_fixture(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as running:
        yield running


@pytest.fixture(name="client")
def client_fixture(it: Rig) -> Iterator[OpenAI]:
    with model(it) as opened:
        yield opened


def test_acceptance_is_quoted_word_for_word_with_its_turn(it: Rig) -> None:
    said = "Okay, me interesa. ¿Qué horarios tienen?"
    found = analysis(it, "AGENT: Hola", "PERSON: ¿Quién es?", "AGENT: ...", f"PERSON: {said}")
    assert (found.verdict, found.label) == (Verdict.MET, Label.POSITIVE)
    assert [(quote.turn, quote.text) for quote in found.quotes] == [(3, said)]
    assert found.score > 0.5


def test_a_later_refusal_beats_an_earlier_acceptance(it: Rig) -> None:
    found = analysis(it, "PERSON: Yes, sign me up.", "AGENT: Great.", "PERSON: No, I've changed my mind.")
    assert found.verdict is Verdict.NOT_MET
    assert [quote.turn for quote in found.quotes] == [2]


def test_an_opt_out_is_a_finding_of_its_own(it: Rig) -> None:
    found = analysis(it, "PERSON: Mi tolga dalla lista, per favore.")
    assert (found.verdict, found.opt_out.value) == (Verdict.NOT_MET, True)
    assert found.opt_out.quotes[0].text == "Mi tolga dalla lista, per favore."


def test_somebody_undecided_is_quoted_too(it: Rig) -> None:
    found = analysis(it, "PERSON: Dovrei pensarci.")
    assert (found.verdict, found.label) == (Verdict.UNCLEAR, Label.NEUTRAL)
    assert [quote.turn for quote in found.quotes] == [0]


def test_a_callback_is_dated_from_the_day_in_the_prompt(it: Rig) -> None:
    found = analysis(it, "PERSON: I'm driving. Can you call me back tomorrow at 5:30 pm?")
    assert (found.verdict, found.callback.value, found.callback_at) == (Verdict.UNCLEAR, True, "2026-09-29T17:30:00")


def test_hostility_asks_for_a_human(it: Rig) -> None:
    found = analysis(it, "PERSON: This is harassment, I'll report you")
    assert found.escalation.value
    assert found.sentiment is Label.NEGATIVE


@pytest.mark.parametrize("lines", [(), ("AGENT: Sign me up!",), ("PERSON: ...",), ("PERSON: Yes, speaking.",)])
def test_nothing_decisive_is_unclear_and_quotes_nothing(it: Rig, lines: tuple[str, ...]) -> None:
    found = analysis(it, *lines)
    assert (found.verdict, found.label, found.score, found.quotes) == (Verdict.UNCLEAR, Label.UNKNOWN, 0, [])


def test_another_question_gets_a_plain_answer(client: OpenAI, it: Rig) -> None:
    answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
    content = answer.choices[0].message.content
    assert content
    assert not content.startswith("{")
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0
    assert [fact["schema"] for fact in it.facts("completion")] == [""]


def test_a_strangers_key_is_refused(it: Rig) -> None:
    with model(it, "sk_none") as stranger, pytest.raises(AuthenticationError) as caught:
        ask(stranger)
    assert caught.value.code == "invalid_api_key"


def test_a_prompt_is_required(client: OpenAI) -> None:
    with pytest.raises(BadRequestError):
        client.chat.completions.create(model="m", messages=[])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("rate_limited", RateLimitError),
        ("server_error", InternalServerError),
        ("truncated", LengthFinishReasonError),
        ("malformed", ValidationError),
    ],
)
def test_a_fault_is_the_error_the_sdk_knows(client: OpenAI, it: Rig, fault: str, error: type[Exception]) -> None:
    it.http.post("/simulator/faults", json={"analysis": {fault: 1}})
    with pytest.raises(error):
        ask(client, "PERSON: Sign me up")
    assert [fact["answer"] for fact in it.facts("completion")] == [fault]


def test_a_refusal_has_no_content(client: OpenAI, it: Rig) -> None:
    it.http.post("/simulator/faults", json={"analysis": {"refused": 1}})
    message = ask(client, "PERSON: Sign me up").choices[0].message
    assert message.parsed is None
    assert message.refusal


def test_a_slow_answer_is_slow(client: OpenAI, it: Rig) -> None:
    it.http.post("/simulator/faults", json={"analysis": {"slow": 1, "slow_seconds": 0.2}})
    started = time.monotonic()
    ask(client, "PERSON: Sign me up")
    assert time.monotonic() - started >= 0.2


def test_content_in_parts_is_read_too(client: OpenAI) -> None:
    schema: Any = {"type": "json_schema", "json_schema": {"name": "goal_analysis", "schema": {}}}
    parts: Any = [{"type": "text", "text": "[0] PERSON: count me in"}]
    answer = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": parts}], response_format=schema
    )
    assert json.loads(answer.choices[0].message.content or "")["verdict"] == "met"
