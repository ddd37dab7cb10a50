"""The outside world of the state machine: vendors of calls, messages and readings in this process.

Its calls and messages are the ground truth: they are only ever appended to. What it says of a call goes through the
real adapters' translation, as conversations and webhooks in the vendor's own words, signed with the account's secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lib import clock
from lib.crash_points import crash_point
from providers.analysis.contract import Analysis, AnalysisRequest, AnalyzerIdentity, Finding, Label, Quote, Verdict
from providers.base import (
    Accepted,
    CallReport,
    CallRequest,
    InDoubt,
    MessageRequest,
    ProviderError,
    RefusalCode,
    Refused,
    Speaker,
    SubmitResult,
)
from providers.elevenlabs import mapping

SECRET = "a-secret-that-is-long-enough-for-a-webhook"
# A call is missing from the vendor's list for so long: far less than what proves its absence.
LIST_LAG = timedelta(minutes=2)

# How a call may end, and what the person says where they speak. The reader below knows these sentences.
SENTENCES = {
    "agrees": "Yes, I would like that very much.",
    "declines": "No, I do not want any of this.",
    "undecided": "I really cannot say that now.",
    "callback": "Please call me again in two days.",
    "stops": "Never call this number again please.",
    "silent": "...",
}
UNANSWERED = {"busy": "busy", "no_answer": "no-answer", "failed": "unknown"}
OPTED_OUT, OUTSIDE_SESSION, UNDELIVERABLE = 131050, 131047, 131026
ENDS = (*SENTENCES, "voicemail", *UNANSWERED)

REFUSALS = {
    "throttled": Refused(RefusalCode.RATE_LIMITED, "slow down", retry_after_seconds=20),
    "full": Refused(RefusalCode.NO_CAPACITY, "no line is free"),
    "unreachable": Refused(RefusalCode.UNREACHABLE, "connection refused"),
    "no_such_number": Refused(RefusalCode.INVALID_ADDRESS, "no such number"),
    "opted_out": Refused(RefusalCode.OPTED_OUT, "the person told us to stop"),
    "outside_session": Refused(RefusalCode.OUTSIDE_SESSION, "a template is needed"),
    "refused": Refused(RefusalCode.OTHER, "no"),
    "unauthorized": Refused(RefusalCode.UNAUTHORIZED, "who are you?"),
}
ANSWERS = (*["accepted"] * 6, "in_doubt", "in_doubt", "in_doubt_and_not_placed", "early", "early", *REFUSALS)
READINGS = ("read", "invented", "down", "impossible")


@dataclass(slots=True)
class Call:
    """A call that was really placed."""

    id: str
    account: str
    request: CallRequest
    at: datetime
    age: timedelta = timedelta(0)  # real time since then
    end: str = ""  # one of `ENDS`

    @property
    def target_id(self) -> str:
        return str(self.request.variables["target_id"])

    @property
    def is_listed(self) -> bool:
        return self.age >= LIST_LAG


@dataclass(slots=True)
class Message:
    """A message that was really sent."""

    id: str
    account: str
    request: MessageRequest
    at: datetime


@dataclass(slots=True)
class Hook:
    """A webhook the vendor wants delivered, to be delivered any number of times."""

    account: str
    kind: str
    body: bytes
    stops: str = ""  # the address of whoever says in it that they want no more
    only: str = ""  # on this channel; empty: on all of them, and at all their addresses
    deliveries: int = 0

    def headers(self) -> dict[str, str]:
        """Sign the body as of now, as every delivery is."""
        if self.kind == "whatsapp":
            signed = hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest()
            return {"content-type": "application/json", "x-hub-signature-256": f"sha256={signed}"}
        stamp = str(int(time.time()))
        signed = hmac.new(SECRET.encode(), stamp.encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return {"content-type": "application/json", "elevenlabs-signature": f"t={stamp},v0={signed}"}


@dataclass(slots=True)
class Vendor:
    """Everything outside, and how it is told to behave next."""

    before_contact: Callable[[str, CallRequest | MessageRequest], None] = lambda _channel, _request: None
    after_contact: Callable[[str, CallRequest | MessageRequest, Call | None], None] = lambda *_contact: None
    meanwhile: Callable[[], None] = lambda: None  # what happens while a request is under way
    hear_early: Callable[[Call], None] = lambda _call: None
    answer: str = "accepted"
    reading: str = "read"
    is_deaf: bool = False  # no look-up is answered
    calls: list[Call] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)  # targets a reading found to want no more

    def voice(self, credentials: Mapping[str, str], _base_url: str) -> Voice:
        return Voice(self, credentials["api_key"])

    def messenger(self, credentials: Mapping[str, str], _base_url: str) -> Messenger:
        return Messenger(self, credentials["access_token"])

    def reader(self, _credentials: Mapping[str, str], _base_url: str) -> Reader:
        return Reader(self)

    @property
    def open_calls(self) -> list[Call]:
        return [call for call in self.calls if not call.end]

    def grow_older(self, passed: timedelta) -> None:
        for call in self.calls:
            call.age += passed

    def hang_up(self, call: Call, end: str) -> None:
        """End a call, and want that told."""
        call.end = end
        self.hooks.append(Hook(call.account, "elevenlabs", _ending(call)))

    def note_picking_up(self, call: Call) -> None:
        data = {"conversation_id": call.id, "user_id": call.request.reference}
        self.hooks.append(Hook(call.account, "elevenlabs", _event("answering_machine_detection", data)))

    def note_status(self, message: Message, status: str, code: int = 0) -> None:
        entry: dict[str, Any] = {
            "id": message.id,
            "status": status,
            "timestamp": str(int(clock.now().timestamp())),
            "biz_opaque_callback_data": message.request.reference,
        }
        if code:
            entry["errors"] = [{"code": code, "title": "it failed"}]
        stops, only = (message.request.to_address, "whatsapp") if code == OPTED_OUT else ("", "")
        self.hooks.append(Hook(message.account, "whatsapp", _news({"statuses": [entry]}), stops, only))

    def note_reply(self, message: Message, text: str) -> None:
        reply = {
            "from": message.request.to_address.removeprefix("+"),
            "id": f"wamid.reply.{len(self.hooks)}",
            "timestamp": str(int(clock.now().timestamp())),
            "type": "text",
            "text": {"body": text},
            "context": {"id": message.id},
        }
        stops = message.request.to_address if text == "STOP" else ""
        self.hooks.append(Hook(message.account, "whatsapp", _news({"messages": [reply]}), stops))

    def placed(self) -> Iterator[Mapping[str, Any]]:
        """Yield the calls as `check_against_provider` takes them."""
        for call in self.calls:
            yield {"reference": call.request.reference, "conversation_id": call.id}

    def answer_to(self, take: Callable[[], Accepted]) -> SubmitResult:
        """Answer a request as told; `take` does what was asked."""
        if refusal := REFUSALS.get(self.answer):
            self.meanwhile()
            return refusal
        accepted = None if self.answer == "in_doubt_and_not_placed" else take()
        self.meanwhile()
        crash_point("W6")
        return accepted if accepted and self.answer != "in_doubt" else InDoubt("no answer came")


@dataclass(frozen=True, slots=True)
class Voice:
    """The adapter of one account. Globex has a vendor whose list proves nothing."""

    vendor: Vendor
    account: str
    list_lag_seconds: float = LIST_LAG.total_seconds()

    @property
    def finds_by_reference(self) -> bool:
        return self.account == "acme"

    def place_call(self, request: CallRequest) -> SubmitResult:
        self.vendor.before_contact("call", request)
        return self.vendor.answer_to(lambda: self._place(request))

    def _place(self, request: CallRequest) -> Accepted:
        call = Call(f"conv-{len(self.vendor.calls)}", self.account, request, clock.now())
        self.vendor.calls.append(call)
        self.vendor.after_contact("call", request, call)
        if self.vendor.answer == "early":
            self.vendor.hear_early(call)
        return Accepted(call.id)

    def fetch_call(self, provider_id: str) -> CallReport | None:
        return self._first(lambda call: call.id == provider_id)

    def find_call(self, reference: str, *, since: datetime) -> CallReport | None:
        return self._first(lambda call: call.is_listed and call.request.reference == reference and call.at >= since)

    def list_calls(self, since: datetime) -> Iterator[CallReport]:
        self._require_ears()
        mine = [call for call in self.vendor.calls if call.account == self.account]
        return (mapping.report(_conversation(call)) for call in mine if call.is_listed and call.at >= since)

    def _first(self, fits: Callable[[Call], bool]) -> CallReport | None:
        self._require_ears()
        mine = (call for call in self.vendor.calls if call.account == self.account and fits(call))
        found = next(mine, None)
        return mapping.report(_conversation(found)) if found else None

    def _require_ears(self) -> None:
        if self.vendor.is_deaf:
            raise ProviderError("no answer")


@dataclass(frozen=True, slots=True)
class Messenger:
    """The adapter of one account for messages."""

    vendor: Vendor
    account: str

    def send_message(self, request: MessageRequest) -> SubmitResult:
        self.vendor.before_contact("email" if request.subject else "whatsapp", request)
        return self.vendor.answer_to(lambda: self._send(request))

    def _send(self, request: MessageRequest) -> Accepted:
        message = Message(f"wamid.{len(self.vendor.messages)}", self.account, request, clock.now())
        self.vendor.messages.append(message)
        self.vendor.after_contact("email" if request.subject else "whatsapp", request, None)
        return Accepted(message.id)


@dataclass(frozen=True, slots=True)
class Reader:
    """The analyzer: it understands the sentences above, and nothing else."""

    vendor: Vendor
    identity: AnalyzerIdentity = field(default_factory=lambda: AnalyzerIdentity("reader", "1"))

    def analyze(self, request: AnalysisRequest) -> Analysis:
        crash_point("R1")
        self.vendor.meanwhile()
        if self.vendor.reading in ("down", "impossible"):
            raise ProviderError("the reader is away", permanent=self.vendor.reading == "impossible")
        index, said = [(n, turn.text) for n, turn in enumerate(request.turns) if turn.speaker is Speaker.PERSON][-1]
        meant = next((end for end, sentence in SENTENCES.items() if said.startswith(sentence)), "undecided")
        if meant == "stops":
            self.vendor.stopped.add(said.split()[-1])
        return _reading(meant, Quote(turn=index, text="Words" if self.vendor.reading == "invented" else said))


def _reading(meant: str, quote: Quote) -> Analysis:
    verdicts = {"agrees": (Verdict.MET, Label.POSITIVE), "declines": (Verdict.NOT_MET, Label.NEGATIVE)}
    verdict, label = verdicts.get(meant, (Verdict.UNCLEAR, Label.NEUTRAL))
    no = Finding(value=False, rationale="no", quotes=[])
    yes = Finding(value=True, rationale="yes", quotes=[quote])
    return Analysis(
        verdict=verdict,
        label=label,
        score=0.9,
        rationale="by what they said",
        quotes=[quote],
        sentiment=label,
        sentiment_rationale="by what they said",
        summary="They talked.",
        summary_title="A talk",
        callback=yes if meant == "callback" else no,
        callback_at=(clock.now() + timedelta(days=2)).replace(tzinfo=None).isoformat() if meant == "callback" else None,
        follow_up=no,
        escalation=no,
        opt_out=yes if meant == "stops" else no,
        next_best_action="",
    )


def _ending(call: Call) -> bytes:
    if call.end in UNANSWERED:
        data = {"conversation_id": call.id, "failure_reason": UNANSWERED[call.end], "metadata": {}}
        return _event("call_initiation_failure", data)  # it carries no reference of ours
    return _event("post_call_transcription", _conversation(call))


def _conversation(call: Call) -> dict[str, Any]:
    is_spoken = call.end in SENTENCES
    said = SENTENCES["silent"] if call.end == "silent" else f"{SENTENCES.get(call.end, '')} {call.target_id}"
    turns = [{"role": "agent", "message": "Hello?", "time_in_call_secs": 0}]
    turns += [{"role": "user", "message": said, "time_in_call_secs": 4}] if is_spoken else []
    results = {"voicemail": "voicemail", "busy": "busy", "no_answer": "no_answer", "failed": "failed"}
    return {
        "conversation_id": call.id,
        "status": "done" if call.end else "in-progress",
        "user_id": call.request.reference,
        "transcript": turns if is_spoken else [],
        "metadata": {
            "start_time_unix_secs": int(call.at.timestamp()),
            "call_duration_secs": 40 if is_spoken else 0,
            "phone_call": {
                "external_number": call.request.to_number,
                "call_result": results.get(call.end, "answered") if call.end else None,
            },
        },
        "conversation_initiation_client_data": {"dynamic_variables": dict(call.request.variables)},
    }


def _event(kind: str, data: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": kind, "event_timestamp": int(time.time()), "data": data}).encode()


def _news(value: Mapping[str, Any]) -> bytes:
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", **value}}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()
