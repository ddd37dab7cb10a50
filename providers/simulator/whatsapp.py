"""Play the WhatsApp Cloud API: take messages, report how they fare, and let people write back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from random import Random
from threading import Lock
from typing import Any
from uuid import uuid4

from lib import clock
from providers.simulator import whatsapp_shapes as shapes
from providers.simulator.accounts import WhatsAppAccount
from providers.simulator.log import account_label
from providers.simulator.personas import Persona, Reply, language_of, persona_of
from providers.simulator.scripts import reply_text
from providers.simulator.web import Answer, RefusalError, Request, Route
from providers.simulator.webhooks import META, Delivery, encode
from providers.simulator.whatsapp_shapes import Message
from providers.simulator.world import World

SESSION = timedelta(hours=24)
_NUMBER = re.compile(r"\+?[1-9]\d{6,14}")
_CODES = {"before_500": 131000, "rate_limited": 130429, "concurrent_limit": 131056, "rejected": 131026}
_BROKEN = Answer(500, shapes.error(131000))
_Pair = tuple[str, str]  # a business number's id and a person's number


class WhatsAppVendor:
    """Answer the messages endpoint and make the messages arrive."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = Lock()
        self._last_inbound: dict[_Pair, datetime] = {}
        self._stopped: set[_Pair] = set()
        self._asked: set[_Pair] = set()

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [("POST", re.compile(r"/v\d+\.\d+/(?P<phone_number_id>[^/]+)/messages"), self.send)]

    def send(self, request: Request) -> Answer:
        """Accept a message unless a rule or a fault forbids it."""
        account, body = self._account(request), request.json_object()
        message = _read(account, body)
        persona, faults = self._persona(message), self._world.faults.whatsapp
        fault = self._world.dice.before(faults)
        code = _CODES[fault] if fault else self._forbidden(message, persona)
        later = code and fault != "before_500" and self._world.dice.strikes(faults.refused_later)
        self._log_request(account, message, fault or str(code) if code and not later else "accepted")
        if code and not later:
            return self._refusal(code)
        self._accept(account, message, persona, code)
        answer = Answer(200, shapes.accepted(message, written_as=str(body["to"])))
        return self._world.spoilt(answer, faults, broken=_BROKEN)

    def _account(self, request: Request) -> WhatsAppAccount:
        token = request.bearer_token
        if account := self._world.accounts.whatsapp(token, request.names["phone_number_id"]):
            return account
        known = self._world.accounts.knows_token(token)
        raise RefusalError(Answer(400, shapes.error(100)) if known else Answer(401, shapes.error(190)))

    def _persona(self, message: Message) -> Persona:
        config = self._world.config
        return persona_of(message.to_number, seed=config.seed, forced=config.forced)

    def _forbidden(self, message: Message, persona: Persona) -> int:
        pair = (message.phone_number_id, message.to_number)
        if not persona.on_whatsapp:
            return 131026
        if message.kind == "template":
            return 131050 if pair in self._stopped else 0
        last = self._last_inbound.get(pair)
        return 0 if last and clock.now() - last < SESSION else 131047

    def _refusal(self, code: int) -> Answer:
        if code == 131000:
            return _BROKEN
        if code in (130429, 131056):
            pause = {"Retry-After": str(self._world.faults.whatsapp.retry_after_seconds)}
            return Answer(429, shapes.error(code), pause)
        return Answer(400, shapes.error(code))

    def _log_request(self, account: WhatsAppAccount, message: Message, answer: str) -> None:
        self._world.log.write(
            "message_requested",
            reference=message.reference,
            to=message.to_number,
            phone_number_id=message.phone_number_id,
            account=account_label(account.access_token),
            kind=message.kind,
            answer=answer,
        )

    def _accept(self, account: WhatsAppAccount, message: Message, persona: Persona, code: int) -> None:
        self._world.log.write(
            "message_accepted",
            **_who(message),
            phone_number_id=message.phone_number_id,
            account=account_label(account.access_token),
            kind=message.kind,
            persona=persona.name,
        )
        early = self._world.dice.strikes(self._world.faults.webhooks.early)
        if code:
            self._after(2, partial(self._report, account, message, "failed", code=code))
            return
        if early:
            self._report(account, message, "sent", early=True)
        self._live(account, message, persona, skip_sent=early)

    def _live(self, account: WhatsAppAccount, message: Message, persona: Persona, *, skip_sent: bool) -> None:
        dice = Random(f"{self._world.config.seed}:{message.to_number}:{message.kind}")
        if not skip_sent:
            self._after(1, partial(self._report, account, message, "sent"))
        delivered = dice.uniform(2, 20)
        self._after(delivered, partial(self._report, account, message, "delivered"))
        if dice.random() >= persona.reads:
            return
        read = delivered + dice.uniform(20, 600)
        self._after(read, partial(self._report, account, message, "read"))
        if dice.random() < persona.reply_chance and self._first_time(message):
            self._after(read + dice.uniform(10, 300), partial(self._reply, account, message, persona.reply))

    def _first_time(self, message: Message) -> bool:
        pair = (message.phone_number_id, message.to_number)
        with self._lock:
            first = pair not in self._asked
            self._asked.add(pair)
        return first

    def _report(
        self, account: WhatsAppAccount, message: Message, status: str, *, code: int = 0, early: bool = False
    ) -> None:
        self._world.log.write("message_status", **_who(message), status=status)
        event = shapes.status_event(message, status, code=code)
        delivery = _delivery(account, f"{message.wamid}:{status}", "message_status", event)
        if early:
            self._world.courier.deliver_now(delivery)
        else:
            self._world.send(delivery)

    def _reply(self, account: WhatsAppAccount, message: Message, reply: Reply) -> None:
        seed = f"reply:{self._world.config.seed}:{message.to_number}"
        text = reply_text(reply, language=language_of(message.to_number), seed=seed)
        pair, wamid = (message.phone_number_id, message.to_number), _wamid()
        self._last_inbound[pair] = clock.now()
        if reply is Reply.STOP:
            self._stopped.add(pair)
        self._world.log.write(
            "inbound_sent",
            wamid=wamid,
            to=message.to_number,
            phone_number_id=message.phone_number_id,
            text=text,
            reply_to=message.wamid,
        )
        event = shapes.inbound_event(message, text, wamid=wamid)
        self._world.send(_delivery(account, wamid, "message", event))

    def _after(self, seconds: float, action: partial[None]) -> None:
        self._world.schedule.after(self._world.config.real_seconds(seconds), action)


def _who(message: Message) -> dict[str, str]:
    return {"wamid": message.wamid, "reference": message.reference, "to": message.to_number}


def _wamid() -> str:
    return f"wamid.{uuid4().hex}"


def _delivery(account: WhatsAppAccount, id: str, kind: str, event: dict[str, Any]) -> Delivery:
    return Delivery(
        id=id,
        kind=kind,
        url=account.webhook_url,
        secret=account.app_secret,
        body=encode(event),
        manner=META,
        verify_token=account.verify_token,
    )


def _read(account: WhatsAppAccount, body: dict[str, Any]) -> Message:
    kind, to = body.get("type", "text"), str(body.get("to", ""))
    content = body.get(kind) if kind in ("text", "template") else None
    named = isinstance(content, dict) and (content.get("body") if kind == "text" else content.get("name"))
    if body.get("messaging_product") != "whatsapp" or not named or not _NUMBER.fullmatch(to):
        raise RefusalError(Answer(400, shapes.error(100)))
    reference = str(body.get("biz_opaque_callback_data") or "")
    return Message(_wamid(), reference, f"+{to.removeprefix('+')}", account.phone_number_id, kind)
