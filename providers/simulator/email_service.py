"""Play an email service with Postmark's API: take emails by HTTP and report how they fare.

What becomes of an email stands in its address, as in the services' own sandboxes: the part before the @ begins with
``bounces``, ``full``, ``slow`` (deferred, then delivered), ``complains``, ``leaves`` (unsubscribes), ``inactive``
(refused at once), ``away`` (an automatic answer), ``unread``; every other email is delivered and opened. No persona
is asked: people there are phone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from lib import clock
from providers.simulator.accounts import PostmarkAccount
from providers.simulator.log import account_label
from providers.simulator.web import Answer, RefusalError, Request, Route
from providers.simulator.webhooks import POSTMARK, Delivery, encode
from providers.simulator.world import World

_ADDRESS = re.compile(r"[^@<>\s]+@[^@<>\s]+\.[a-z]+", re.IGNORECASE)
_BROKEN = Answer(500, {"ErrorCode": 100, "Message": "Maintenance"})
_FATES: Mapping[str, tuple[str, ...]] = {
    "bounces": ("HardBounce",),
    "full": ("SoftBounce",),
    "slow": ("Transient", "Delivery"),
    "complains": ("Delivery", "SpamComplaint"),
    "leaves": ("Delivery", "Open", "SubscriptionChange"),
    "away": ("Delivery", "AutoResponder"),
    "unread": ("Delivery",),
}
_USUAL = ("Delivery", "Open")
_BOUNCES = ("HardBounce", "SoftBounce", "Transient", "AutoResponder", "SpamComplaint")
_SECONDS_BETWEEN = 30.0


@dataclass(frozen=True, slots=True)
class _Email:
    message_id: str
    to: str
    metadata: Mapping[str, Any]
    stream: str


class EmailServiceVendor:
    """Answer the endpoint for one email and tell what becomes of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [("POST", re.compile("/email"), self.send)]

    def send(self, request: Request) -> Answer:
        """Accept an email unless a fault or its address forbids it."""
        account = self._world.accounts.postmark(request.headers.get("X-Postmark-Server-Token", ""))
        if account is None:
            return Answer(401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied"})
        body = request.json_object()
        email = _read(body)
        faults = self._world.faults.email
        if fault := self._world.dice.before(faults):
            return _before(fault, faults.retry_after_seconds)
        if _word(email.to) == "inactive":
            return _refusal(406, f"Found inactive addresses: {email.to}. Inactive recipients are ones that bounced.")
        self._accept(account, email, body)
        taken = {"To": email.to, "SubmittedAt": _now(), "MessageID": email.message_id, "ErrorCode": 0, "Message": "OK"}
        return self._world.spoilt(Answer(200, taken), faults, broken=_BROKEN)

    def _accept(self, account: PostmarkAccount, email: _Email, body: Mapping[str, Any]) -> None:
        self._world.log.write(
            "email_accepted",
            message_id=email.message_id,
            reference=str(email.metadata.get("reference", "")),
            to=email.to,
            subject=str(body.get("Subject", "")),
            text=str(body.get("TextBody", "")),
            headers={each.get("Name"): each.get("Value") for each in body.get("Headers", [])},
            account=account_label(account.server_token),
            **{"from": str(body.get("From", ""))},
        )
        early = self._world.dice.strikes(self._world.faults.webhooks.early)
        for number, fate in enumerate(_FATES.get(_word(email.to), _USUAL)):
            report = partial(self._report, account, email, fate)
            if early and number == 0:
                report(early=True)
            else:
                seconds = self._world.config.real_seconds(_SECONDS_BETWEEN * (number + 1))
                self._world.schedule.after(seconds, report)

    def _report(self, account: PostmarkAccount, email: _Email, fate: str, *, early: bool = False) -> None:
        self._world.log.write("email_event", message_id=email.message_id, to=email.to, event=fate)
        delivery = Delivery(
            id=f"{email.message_id}:{fate}",
            kind="email_event",
            url=account.webhook_url,
            secret=account.webhook_secret,
            body=encode(_event(email, fate)),
            manner=POSTMARK,
        )
        if early:
            self._world.courier.deliver_now(delivery)
        else:
            self._world.send(delivery)


def _read(body: Mapping[str, Any]) -> _Email:
    to = _ADDRESS.search(str(body.get("To", "")))
    if to is None:
        raise RefusalError(_refusal(300, "Invalid 'To' address."))
    if not (body.get("TextBody") or body.get("HtmlBody")):
        raise RefusalError(_refusal(300, "Provide either email TextBody or HtmlBody or both."))
    metadata = body.get("Metadata")
    stream = str(body.get("MessageStream") or "outbound")
    return _Email(str(uuid4()), to[0], metadata if isinstance(metadata, dict) else {}, stream)


def _before(fault: str, retry_after_seconds: int) -> Answer:
    if fault == "before_500":
        return _BROKEN
    if fault == "rejected":
        return _refusal(300, "Invalid 'To' address.")
    pause = {"Retry-After": str(retry_after_seconds)}
    return Answer(429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}, pause)


def _refusal(code: int, message: str) -> Answer:
    return Answer(422, {"ErrorCode": code, "Message": message})


def _event(email: _Email, fate: str) -> dict[str, Any]:
    event = {
        "RecordType": fate,
        "MessageID": email.message_id,
        "Metadata": dict(email.metadata),
        "MessageStream": email.stream,
        "ServerID": 23,
        "Tag": "",
    }
    if fate == "Delivery":
        return {**event, "Recipient": email.to, "DeliveredAt": _now(), "Details": "250 2.0.0 OK"}
    if fate == "Open":
        return {**event, "Recipient": email.to, "ReceivedAt": _now(), "FirstOpen": True, "UserAgent": "simulator"}
    if fate == "SubscriptionChange":
        change = {"SuppressSending": True, "SuppressionReason": "ManualSuppression", "Origin": "Recipient"}
        return {**event, "Recipient": email.to, "ChangedAt": _now(), **change}
    record = fate if fate == "SpamComplaint" else "Bounce"
    details = f"smtp;550 5.1.1 <{email.to}>: user unknown" if fate == "HardBounce" else ""
    number = int(email.message_id[:8], 16) * 10 + _BOUNCES.index(fate)
    bounce = {"ID": number, "Type": fate, "BouncedAt": _now(), "Email": email.to, "Details": details}
    return {**event, "RecordType": record, **bounce}


def _word(address: str) -> str:
    return re.split(r"[^a-z]", address.lower(), maxsplit=1)[0]


def _now() -> str:
    return clock.now().isoformat()
