"""Play an OpenAI-compatible model: it sees only the prompt and answers in the shape asked for.

Asked for the schema ``goal_analysis``, it reads the lines ``[3] PERSON: text`` of the user's messages and answers
`providers.analysis.contract.Analysis`; asked for anything else, it answers a short text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from lib import clock
from providers.analysis.contract import Analysis, Finding, Label, Quote, Verdict
from providers.simulator.log import account_label
from providers.simulator.reading import Cue, Reading, Said, read, stated_time
from providers.simulator.web import Answer, RefusalError, Request, Route
from providers.simulator.world import World

GOAL_SCHEMA = "goal_analysis"
_LINE = re.compile(r"^\[(\d+)\] (PERSON|AGENT): (.*)$", re.MULTILINE)
_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d")
_PLAIN_ANSWER = "I am a simulated model: I only analyze whether a conversation reached its goal."


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a decision means for the goal; without quotes nothing but "unclear" may be claimed."""

    verdict: Verdict
    label: Label
    score: float  # how strongly the words support the label
    sentiment: Label
    why: str
    next_action: str


_MET, _NOT_MET, _UNCLEAR = Verdict.MET, Verdict.NOT_MET, Verdict.UNCLEAR
_POSITIVE, _NEGATIVE, _NEUTRAL = Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL
_MEANINGS = {
    Cue.ACCEPTANCE: _Meaning(_MET, _POSITIVE, 0.9, _POSITIVE, "The person agreed", "Confirm in writing"),
    Cue.REFUSAL: _Meaning(_NOT_MET, _NEGATIVE, 0.8, _NEUTRAL, "The person declined", "Close the case"),
    Cue.OPT_OUT: _Meaning(_NOT_MET, _NEGATIVE, 0.95, _NEGATIVE, "The person wants no more contact", "Contact no more"),
    Cue.HOSTILE: _Meaning(_NOT_MET, _NEGATIVE, 0.95, _NEGATIVE, "The person was upset", "Have a human look"),
    Cue.WRONG_PERSON: _Meaning(_NOT_MET, _NEUTRAL, 0.6, _NEUTRAL, "Someone else answered", "Correct the number"),
    Cue.CALLBACK: _Meaning(_UNCLEAR, _NEUTRAL, 0.6, _NEUTRAL, "The person had no time", "Call at the promised time"),
    Cue.UNDECIDED: _Meaning(_UNCLEAR, _NEUTRAL, 0.6, _NEUTRAL, "The person has not decided", "Follow up later"),
}
_NOTHING = _Meaning(_UNCLEAR, Label.UNKNOWN, 0.0, Label.UNKNOWN, "Nothing that was said decides", "Try again")


class ModelVendor:
    """Answer chat completions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [("POST", re.compile("/v1/chat/completions"), self.complete)]

    def complete(self, request: Request) -> Answer:
        """Answer a prompt, or fail as the faults want it."""
        key, body = request.bearer_token, request.json_object()
        if not self._world.accounts.may_analyze(key):
            raise _refusal(401, "Incorrect API key provided", "invalid_api_key")
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise _refusal(400, "'messages' is required", "missing_required_parameter")
        schema, faults = _schema_name(body), self._world.faults.analysis
        fault = self._world.dice.answer(faults)
        content, verdict = _content(messages, schema)
        account = account_label(key)
        self._world.log.write("completion", account=account, schema=schema, answer=fault or "stop", verdict=verdict)
        slow = faults.slow_seconds if self._world.dice.strikes(faults.slow) else 0.0
        answer = self._answer(body, content, fault)
        wait = slow + self._world.config.completion_latency_seconds
        return Answer(answer.status, answer.payload, answer.headers, wait_seconds=wait)

    def _answer(self, body: dict[str, Any], content: str, fault: str) -> Answer:
        match fault:
            case "rate_limited":
                pause = {"Retry-After": str(self._world.faults.analysis.retry_after_seconds)}
                return Answer(429, _error("Rate limit reached", "requests", "rate_limit_exceeded"), pause)
            case "server_error":
                return Answer(500, _error("The server had an error", "server_error", None))
            case "malformed":
                return Answer(200, _completion(body, content[: len(content) // 2] + " …"))
            case "truncated":
                return Answer(200, _completion(body, content[: len(content) // 2], finish="length"))
            case "refused":
                return Answer(200, _completion(body, None, refusal="I'm sorry, I can't help with that."))
        return Answer(200, _completion(body, content))


def analyze(lines: Sequence[Said], *, today: date) -> Analysis:
    """Return the analysis of what the person said; `today` is the day "tomorrow" is counted from."""
    reading = read(lines)
    cue = _telling_cue(reading)
    meaning = _MEANINGS[cue] if cue else _NOTHING
    times = [stated_time(said.text, today=today) for said in reading.found.get(Cue.CALLBACK, ())]
    moment = next((time for time in times if time), None)
    return Analysis(
        verdict=meaning.verdict,
        label=meaning.label,
        score=meaning.score,
        rationale=f"{meaning.why}.",
        quotes=_quotes(reading.found[cue]) if cue else [],
        sentiment=meaning.sentiment,
        sentiment_rationale=f"Judged by the words: {meaning.why.lower()}.",
        summary=f"{meaning.why}." if lines else "Nobody spoke.",
        summary_title=meaning.why,
        callback=_finding(reading, Cue.CALLBACK, "The person asked to be called at another time"),
        callback_at=moment.isoformat(timespec="seconds") if moment else None,
        follow_up=_finding(reading, Cue.MATERIAL, "The person asked for something in writing"),
        escalation=_finding(reading, Cue.HOSTILE, "The person complained"),
        opt_out=_finding(reading, Cue.OPT_OUT, "The person asked for no more contact"),
        next_best_action=f"{meaning.next_action}.",
    )


def _telling_cue(reading: Reading) -> Cue | None:
    open_ends = (cue for cue in (Cue.CALLBACK, Cue.UNDECIDED) if cue in reading.found)
    return reading.decision or next(open_ends, None)


def _finding(reading: Reading, cue: Cue, rationale: str) -> Finding:
    said = reading.found.get(cue, ())
    return Finding(value=bool(said), rationale=f"{rationale}." if said else "Not mentioned.", quotes=_quotes(said))


def _quotes(said: Sequence[Said]) -> list[Quote]:
    return [Quote(turn=line.turn, text=line.text) for line in said]


def _content(messages: Sequence[Any], schema: str) -> tuple[str, str]:
    if schema != GOAL_SCHEMA:
        return _PLAIN_ANSWER, ""
    texts = [message for message in messages if isinstance(message, dict)]
    asked = "\n".join(_text(message) for message in texts if message.get("role") == "user")
    said = [Said(int(index), text.strip()) for index, who, text in _LINE.findall(asked) if who == "PERSON"]
    rest = _LINE.sub("", "\n".join(_text(message) for message in texts))
    analysis = analyze(said, today=_today(rest))
    return analysis.model_dump_json(), analysis.verdict.value


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _today(prompt: str) -> date:
    """Return the day of the last moment the prompt names, the time of the call; without one it is today."""
    for moment in reversed(_MOMENT.findall(prompt)):
        try:
            return datetime.fromisoformat(moment).date()
        except ValueError:
            continue
    return clock.now().date()


def _schema_name(body: dict[str, Any]) -> str:
    wanted = body.get("response_format")
    schema = wanted.get("json_schema") if isinstance(wanted, dict) else None
    return str(schema.get("name", "")) if isinstance(schema, dict) else ""


def _completion(
    body: dict[str, Any], content: str | None, *, finish: str = "stop", refusal: str | None = None
) -> dict[str, Any]:
    asked, said = len(str(body["messages"])) // 4, len(content or refusal or "") // 4
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return {
        "id": f"chatcmpl-{uuid4().hex[:24]}",
        "object": "chat.completion",
        "created": int(clock.now().timestamp()),
        "model": str(body.get("model", "simulated")),
        "choices": [{"index": 0, "finish_reason": finish, "message": message, "logprobs": None}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _refusal(status: int, message: str, code: str) -> RefusalError:
    return RefusalError(Answer(status, _error(message, "invalid_request_error", code)))


def _error(message: str, kind: str, code: str | None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
