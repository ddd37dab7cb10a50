"""Sign webhooks and deliver them as the vendors do, with their retries and with the faults asked for."""

from __future__ import annotations

import hmac
import http.client
import json
import secrets
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

from providers.simulator.faults import Dice, WebhookFaults
from providers.simulator.log import FactLog
from providers.simulator.schedule import Schedule

_THREADS = 4
_TIMEOUT_SECONDS = 10.0
_FORGERS_SECRET = "not-the-secret"  # noqa: S105 - wrong on purpose: what it signs must be refused
_SHORTEST_RETRY_SECONDS = 0.25  # real: a receiver that restarts does not do so faster because the clock is

Connections = dict[tuple[str, str], http.client.HTTPConnection]


def elevenlabs_signature(body: bytes, secret: str) -> dict[str, str]:
    """Return the header ElevenLabs signs `body` with, at the real time of now."""
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
    return {"ElevenLabs-Signature": f"t={stamp},v0={digest}"}


def meta_signature(body: bytes, secret: str) -> dict[str, str]:
    """Return the header Meta signs `body` with."""
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"}


def basic_authentication(body: bytes, secret: str) -> dict[str, str]:
    """Return the header that shows `secret`, a user name, a colon and a password: Postmark signs nothing."""
    return {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}


def encode(payload: Mapping[str, Any]) -> bytes:
    """Return the bytes of a webhook's body."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _forged_call(event: dict[str, Any]) -> dict[str, Any]:
    lie = [{"role": "user", "message": "Yes, sign me up for everything.", "time_in_call_secs": 2}]
    return {**event, "data": {**event["data"], "transcript": lie, "failure_reason": "busy"}}


def _forged_messages(event: dict[str, Any]) -> dict[str, Any]:
    for change in event["entry"][0]["changes"]:
        for status in change["value"].get("statuses", []):
            status["status"] = "failed"
        for message in change["value"].get("messages", []):
            message["text"] = {"body": "STOP"}
    return event


def _forged_tracking(event: dict[str, Any]) -> dict[str, Any]:
    complaint = {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": event.get("Recipient", "")}
    return {**complaint, **event, "RecordType": "SpamComplaint", "Type": "SpamComplaint"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a vendor signs, after which statuses it tries again, and how many (simulated) seconds later each time.

    `forge` makes of a true event one that does harm to whoever believes it.
    """

    sign: Callable[[bytes, str], Mapping[str, str]]
    forge: Callable[[dict[str, Any]], dict[str, Any]]
    retries_after: Callable[[int], bool]
    pauses_seconds: tuple[float, ...]


ELEVENLABS = Manner(
    elevenlabs_signature,
    _forged_call,
    lambda status: status >= 500 or status in (408, 429),
    (30.0, 120.0, 480.0, 1800.0),
)
ELEVENLABS_ONCE = replace(ELEVENLABS, pauses_seconds=())  # only transcripts are tried again
META = Manner(
    meta_signature,
    _forged_messages,
    lambda status: status != 200,
    (5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 43200.0, 86400.0, 172800.0),
)

POSTMARK = Manner(
    basic_authentication,
    _forged_tracking,
    lambda status: status not in (200, 403),
    (60.0, 300.0, 600.0, 600.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one URL. `verify_token` is set where the URL must first answer Meta's handshake."""

    id: str
    kind: str
    url: str
    secret: str
    body: bytes
    manner: Manner
    verify_token: str = ""
    forged: bool = False
    tries: int = 0


class Courier:
    """Deliver webhooks with a few threads that keep their connections open."""

    def __init__(self, schedule: Schedule, log: FactLog, dice: Dice, *, real_seconds: Callable[[float], float]) -> None:
        self._schedule, self._log, self._dice, self._real_seconds = schedule, log, dice, real_seconds
        self._queue: SimpleQueue[Delivery | None] = SimpleQueue()
        self._threads = [Thread(target=self._run, name=f"simulator-courier-{n}", daemon=True) for n in range(_THREADS)]
        self._verified: set[str] = set()
        self._pending = 0
        self._stopped = False
        self._lock = Lock()

    @property
    def pending(self) -> int:
        """Return how many deliveries are waiting, retries included."""
        return self._pending

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the deliveries under way and forget the rest."""
        self._stopped = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def send(self, delivery: Delivery, faults: WebhookFaults) -> None:
        """Put a delivery on its way, as often and as late as the faults want it."""
        if not delivery.url:
            return
        copies = self._dice.copies(faults)
        if not copies:
            self._log.write("webhook_lost", id=delivery.id, kind=delivery.kind)
        for _ in range(copies):
            self._enqueue(delivery, self._dice.lateness(faults))
        if self._dice.strikes(faults.forged):
            self._enqueue(_forgery(delivery), self._dice.lateness(faults))

    def deliver_now(self, delivery: Delivery) -> None:
        """Make the first try in the caller's thread and come back after it."""
        if delivery.url:
            connections: Connections = {}
            self._count(1)
            self._try(delivery, connections)
            _close(connections)

    def _enqueue(self, delivery: Delivery, seconds: float) -> None:
        self._count(1)
        if seconds:
            self._schedule.after(seconds, lambda: self._queue.put(delivery))
        else:
            self._queue.put(delivery)

    def _run(self) -> None:
        connections: Connections = {}
        while (delivery := self._queue.get()) and not self._stopped:
            self._try(delivery, connections)
        _close(connections)

    def _try(self, delivery: Delivery, connections: Connections) -> None:
        delivery = replace(delivery, tries=delivery.tries + 1)
        status = self._post(delivery, connections) if self._may_deliver(delivery, connections) else None
        outcome = {"id": delivery.id, "kind": delivery.kind, "forged": delivery.forged}
        left = delivery.manner.pauses_seconds[delivery.tries - 1 :]
        if status == 200:
            self._log.write("webhook_delivered", **outcome, status=status, tries=delivery.tries)
        elif left and (status is None or delivery.manner.retries_after(status)):
            floor = _SHORTEST_RETRY_SECONDS * 2 ** (delivery.tries - 1)
            self._enqueue(delivery, max(self._real_seconds(left[0]), min(floor, 8.0)))
        else:
            self._log.write("webhook_given_up", **outcome, status=status, tries=delivery.tries)
        self._count(-1)

    def _post(self, delivery: Delivery, connections: Connections) -> int | None:
        headers = {"Content-Type": "application/json", **delivery.manner.sign(delivery.body, delivery.secret)}
        answered = _exchange(connections, "POST", delivery.url, delivery.body, headers)
        return answered[0] if answered else None

    def _may_deliver(self, delivery: Delivery, connections: Connections) -> bool:
        if not delivery.verify_token or delivery.url in self._verified:
            return True
        challenge = str(secrets.randbelow(10**10))
        question = {"hub.mode": "subscribe", "hub.verify_token": delivery.verify_token, "hub.challenge": challenge}
        joint = "&" if urlsplit(delivery.url).query else "?"
        answered = _exchange(connections, "GET", f"{delivery.url}{joint}{urlencode(question)}", None, {})
        self._log.write("webhook_verified", kind=delivery.kind, status=answered[0] if answered else None)
        if answered == (200, challenge.encode()):
            self._verified.add(delivery.url)
        return delivery.url in self._verified

    def _count(self, change: int) -> None:
        with self._lock:
            self._pending += change


def _forgery(delivery: Delivery) -> Delivery:
    lie = encode(delivery.manner.forge(json.loads(delivery.body)))
    once = replace(delivery.manner, pauses_seconds=())
    return replace(delivery, body=lie, secret=_FORGERS_SECRET, forged=True, manner=once)


def _exchange(
    connections: Connections, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, bytes] | None:
    """Return the status and body of the answer, None without one. A connection gone stale is opened again once."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    place = (parts.scheme, parts.netloc)
    kept = place in connections
    try:
        connection = connections.setdefault(place, _connection(*place))
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as problem:
        if broken := connections.pop(place, None):
            broken.close()
        if kept and isinstance(problem, ConnectionError):
            return _exchange(connections, method, url, body, headers)
        return None


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(netloc, timeout=_TIMEOUT_SECONDS)


def _close(connections: Connections) -> None:
    for connection in connections.values():
        connection.close()
