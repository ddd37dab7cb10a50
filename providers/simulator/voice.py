"""Play the voice vendor: place calls, let them happen, report them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from random import Random
from time import monotonic
from typing import Any
from uuid import uuid4

from lib import clock
from providers.simulator import voice_shapes as shapes
from providers.simulator.accounts import VoiceAccount
from providers.simulator.calls import Call, CallBook, Search, Trunk
from providers.simulator.faults import FINE
from providers.simulator.log import account_label
from providers.simulator.personas import PERSONAS, UNANSWERED, Persona, Scene, language_of, persona_of
from providers.simulator.scripts import Play, perform
from providers.simulator.web import Answer, RefusalError, Request, Route
from providers.simulator.webhooks import ELEVENLABS, ELEVENLABS_ONCE, Delivery, encode
from providers.simulator.world import World

PERSONA_VARIABLE = "simulator_persona"  # the dynamic variable by which a request chooses who answers
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_REQUIRED = ("agent_id", "agent_phone_number_id", "to_number")
_LARGEST_PAGE = 100
_BROKEN = Answer(500, shapes.error("internal_error", "internal_server_error", "Something went wrong"))


@dataclass(frozen=True, slots=True)
class Order:
    """A dial request, read. Raises `RefusalError` with the vendor's 422 where something is missing."""

    agent_id: str
    from_id: str
    to_number: str
    client_data: dict[str, Any]
    reference: str
    variables: dict[str, Any]
    first_message: str
    language: str
    ringing_seconds: float

    @classmethod
    def read(cls, body: dict[str, Any]) -> Order:
        """Return the order in a request's body."""
        if missing := [name for name in _REQUIRED if not isinstance(body.get(name), str)]:
            raise RefusalError(Answer(422, shapes.missing_fields(missing)))
        data = _object(body, "conversation_initiation_client_data")
        variables = _object(data, "dynamic_variables")
        if (wanted := variables.get(PERSONA_VARIABLE)) and str(wanted) not in PERSONAS:
            raise RefusalError(Answer(422, shapes.missing_fields([PERSONA_VARIABLE])))
        agent = _object(_object(data, "conversation_config_override"), "agent")
        return cls(
            agent_id=body["agent_id"],
            from_id=body["agent_phone_number_id"],
            to_number=body["to_number"],
            client_data=data,
            reference=str(data.get("user_id") or ""),
            variables=variables,
            first_message=str(agent.get("first_message") or ""),
            language=str(agent.get("language") or ""),
            ringing_seconds=_seconds(_object(body, "telephony_call_config").get("ringing_timeout_secs"), 60.0),
        )


class VoiceVendor:
    """Answer the Agents API and make its calls happen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._calls = CallBook()

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            ("POST", re.compile("/v1/convai/twilio/outbound-call"), partial(self.dial, trunk=Trunk.TWILIO)),
            ("POST", re.compile("/v1/convai/sip-trunk/outbound-call"), partial(self.dial, trunk=Trunk.SIP)),
            ("GET", re.compile("/v1/convai/conversations"), self.list_calls),
            ("GET", re.compile("/v1/convai/conversations/(?P<id>[^/]+)"), self.show_call),
        ]

    def dial(self, request: Request, *, trunk: Trunk) -> Answer:
        """Place a call unless a fault or a bad number prevents it."""
        account = self._account(request)
        order = Order.read(request.json_object())
        before = self._world.dice.before(self._world.faults.voice)
        if before == FINE and not _E164.fullmatch(order.to_number):
            before = "rejected"
        self._log_request(account, order, trunk, before)
        if before != FINE:
            return self._refusal(before, trunk)
        call = self._place(account, order, trunk)
        if self._world.dice.strikes(self._world.faults.webhooks.early):
            self._end_at_once(call, account)
        else:
            seconds = self._world.config.real_seconds(call.ring_seconds + call.talk_seconds)
            self._world.schedule.after(seconds, partial(self._hang_up, call))
        answer = Answer(200, shapes.dial_answer(call, trunk, message="Success"))
        return self._world.spoilt(answer, self._world.faults.voice, broken=_BROKEN)

    def list_calls(self, request: Request) -> Answer:
        """List the account's calls, newest first."""
        account, query = self._account(request), request.query
        search = Search(
            visible_before=monotonic() - self._world.faults.list_lag_seconds,
            reference=query.get("user_id", ""),
            agent_id=query.get("agent_id", ""),
            after=_whole(query.get("call_start_after_unix"), 0),
            before=_whole(query.get("call_start_before_unix"), 0),
        )
        size = min(max(_whole(query.get("page_size"), 30), 1), _LARGEST_PAGE)
        calls, cursor = self._calls.page(account.api_key, search, cursor=query.get("cursor", ""), size=size)
        listed = [shapes.summary(call, self._world.config.speed) for call in calls]
        return Answer(200, {"conversations": listed, "next_cursor": cursor or None, "has_more": bool(cursor)})

    def show_call(self, request: Request) -> Answer:
        """Show one call of the account."""
        call = self._calls.get(self._account(request).api_key, request.names["id"])
        if not call:
            return Answer(404, shapes.error("not_found", "conversation_not_found", "No such conversation"))
        return Answer(200, shapes.conversation(call, self._world.config.speed))

    def _account(self, request: Request) -> VoiceAccount:
        if account := self._world.accounts.voice(request.headers.get("xi-api-key", "")):
            return account
        raise RefusalError(Answer(401, shapes.error("authentication_error", "invalid_api_key", "Invalid API key")))

    def _log_request(self, account: VoiceAccount, order: Order, trunk: Trunk, before: str) -> None:
        self._world.log.write(
            "dial_requested",
            **{"reference": order.reference, "to": order.to_number, "from": order.from_id},
            agent_id=order.agent_id,
            account=account_label(account.api_key),
            trunk=trunk.value,
            answer=before or "accepted",
        )

    def _refusal(self, fault: str, trunk: Trunk) -> Answer:
        pause = {"Retry-After": str(self._world.faults.voice.retry_after_seconds)}
        if fault == "rate_limited":
            return Answer(429, shapes.error("rate_limit_error", "rate_limit_exceeded", "Too many requests"), pause)
        if fault == "concurrent_limit":
            code = "concurrent_limit_exceeded"
            return Answer(429, shapes.error("rate_limit_error", code, "Too many calls at once"), pause)
        if fault == "rejected":
            return Answer(400, shapes.error("validation_error", "invalid_phone_number", "Not a valid phone number"))
        if fault == "success_false":
            return Answer(200, shapes.dial_answer(None, trunk, message="The call could not be started"))
        return _BROKEN

    def _place(self, account: VoiceAccount, order: Order, trunk: Trunk) -> Call:
        call = self._invent(account, order, trunk)
        self._calls.add(call)
        self._world.stats.placed(call.account, call.from_id)
        self._world.log.write(
            "call_placed",
            **self._who(call),
            **{"from": call.from_id},
            agent_id=call.agent_id,
            attempt=call.attempt,
            persona=call.persona.name,
            scene=call.scene.value,
            language=call.play.language,
        )
        return call

    def _invent(self, account: VoiceAccount, order: Order, trunk: Trunk) -> Call:
        persona = self._persona(order)
        attempt = self._calls.next_attempt(order.to_number)
        scene = persona.scene(attempt)
        now, seed = clock.now(), f"{self._world.config.seed}:{order.to_number}:{attempt}"
        language = language_of(order.to_number, order.language)
        play = Play(scene, language, seed, now.date(), order.variables, order.first_message)
        unique = uuid4().hex
        return Call(
            id=f"conv_{unique[:28]}",
            trunk=trunk,
            leg_id=f"CA{unique}" if trunk is Trunk.TWILIO else f"SCL_{unique[:12]}",
            api_key=account.api_key,
            account=account_label(account.api_key),
            agent_id=order.agent_id,
            from_id=order.from_id,
            to_number=order.to_number,
            reference=order.reference,
            client_data=order.client_data,
            attempt=attempt,
            persona=persona,
            play=play,
            placed_at=now,
            placed_monotonic=monotonic(),
            ring_seconds=_ringing(scene, Random(seed), order.ringing_seconds),
            talk_seconds=perform(play).duration_seconds,
        )

    def _persona(self, order: Order) -> Persona:
        config = self._world.config
        wanted = order.variables.get(PERSONA_VARIABLE)
        return PERSONAS[str(wanted)] if wanted else persona_of(order.to_number, seed=config.seed, forced=config.forced)

    def _hang_up(self, call: Call) -> None:
        self._end(call)
        pause = self._world.config.transcript_latency_seconds if call.answered else 0.0
        self._world.schedule.after(self._world.config.real_seconds(pause), partial(self._report, call))

    def _end(self, call: Call) -> None:
        call.hung_up = True
        self._world.stats.ended(call.account, call.from_id)
        outcome = call.scene.value if call.scene in UNANSWERED | {Scene.VOICEMAIL} else "answered"
        turns = len(call.performance().lines)
        self._world.log.write("call_ended", **self._who(call), outcome=outcome, duration=call.talk_seconds, turns=turns)

    def _report(self, call: Call) -> None:
        call.finished = True
        if account := self._world.accounts.voice(call.api_key):
            self._world.send(self._delivery(call, account))

    def _end_at_once(self, call: Call, account: VoiceAccount) -> None:
        self._end(call)
        call.finished = True
        self._world.courier.deliver_now(self._delivery(call, account))

    def _delivery(self, call: Call, account: VoiceAccount) -> Delivery:
        speed = self._world.config.speed
        event = shapes.transcription_event(call, speed) if call.answered else shapes.failure_event(call)
        return Delivery(
            id=call.id,
            kind=event["type"],
            url=account.webhook_url,
            secret=account.webhook_secret,
            body=encode(event),
            manner=ELEVENLABS if call.answered else ELEVENLABS_ONCE,
        )

    def _who(self, call: Call) -> dict[str, str]:
        who = {"conversation_id": call.id, "reference": call.reference, "to": call.to_number}
        return {**who, "account": call.account}


def _ringing(scene: Scene, dice: Random, longest_seconds: float) -> float:
    if scene is Scene.NO_ANSWER:
        return longest_seconds
    if scene in (Scene.BUSY, Scene.INVALID):
        return dice.uniform(1, 4)
    return min(longest_seconds, dice.uniform(4, 25))


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    child = parent.get(name)
    return child if isinstance(child, dict) else {}


def _seconds(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else default


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
