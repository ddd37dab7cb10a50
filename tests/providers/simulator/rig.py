"""Set up a simulator on a free port, with a receiver for its webhooks that remembers what came."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from elevenlabs import ElevenLabs

from providers.simulator import Faults, Simulator, SimulatorConfig
from providers.simulator.log import read_facts
from providers.simulator.web import Answer, Request, WebServer

KEY, OTHER_KEY, SECRET = "sk_one", "sk_two", "wsec_test"
TOKEN, PNID, APP_SECRET, VERIFY = "EAAtoken", "1055500", "app_secret", "verify_me"
MODEL_KEY = "sk_model"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing here speaks TLS, and loading authorities takes long
UNUSED_CLIENT = httpx.Client(verify=NO_TLS)


@dataclass
class Receiver:
    """Stand in for our own webhook endpoint. `statuses` are answered one after the other, then 200."""

    statuses: list[int] = field(default_factory=list)
    got: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        if request.method == "GET":
            right = request.query.get("hub.verify_token") == VERIFY
            return Answer(200, int(request.query["hub.challenge"])) if right else Answer(403, {})
        self.got.append(request)
        return Answer(self.statuses.pop(0) if self.statuses else 200, {})

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in list(self.got)]


@dataclass
class Rig:
    """What a test needs in its hands."""

    simulator: Simulator
    receiver: Receiver
    http: httpx.Client
    log_path: Path
    accounts_path: Path

    def facts(self, *wanted: str) -> list[dict[str, Any]]:
        return read_facts(self.log_path, *wanted)

    def dial(self, to: str = "+34600000001", *, key: str = KEY, trunk: str = "twilio", **data: Any) -> httpx.Response:
        body = {"agent_id": "agent_1", "agent_phone_number_id": "phnum_1", "to_number": to}
        url = f"/v1/convai/{trunk}/outbound-call"
        whole = {**body, "conversation_initiation_client_data": data}
        return self.http.post(url, json=whole, headers={"xi-api-key": key})

    def message(self, to: str = "+34600000001", *, template: bool = True, token: str = TOKEN) -> httpx.Response:
        content: dict[str, Any] = {"type": "text", "text": {"body": "Hi"}}
        if template:
            content = {"type": "template", "template": {"name": "hello", "language": {"code": "es"}}}
        whole = {"messaging_product": "whatsapp", "to": to, "biz_opaque_callback_data": "msg_7", **content}
        return self.http.post(f"/v26.0/{PNID}/messages", json=whole, headers={"Authorization": f"Bearer {token}"})

    def event(self) -> dict[str, Any]:
        """Return the only webhook of the voice vendor that came, by its own verification."""
        (request,) = self.receiver.got
        return verified(request)

    def settle(self) -> None:
        """Wait until every call has ended and every webhook is delivered or given up."""
        wait_until(lambda: not self.simulator.stats()["scheduled"] and not self.simulator.stats()["webhooks_pending"])


def verified(request: Request) -> dict[str, Any]:
    """Return a voice webhook's content. Raises the SDK's BadRequestError on a bad signature."""
    sdk = ElevenLabs(api_key="unused", httpx_client=UNUSED_CLIENT)
    found: dict[str, Any] = sdk.webhooks.construct_event(
        request.body.decode(), request.headers["ElevenLabs-Signature"], SECRET
    )
    return found


def wait_until(done: Callable[[], bool], seconds: float = 8.0) -> None:
    """Return as soon as `done` says so. Raises AssertionError when the time is up."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@contextmanager
def receiver_server(receiver: Receiver) -> Iterator[str]:
    """Run the receiver and yield its URL."""
    anything = re.compile(".*")
    server = WebServer(("127.0.0.1", 0), [(method, anything, receiver.answer) for method in ("GET", "POST")])
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.close_connections()
        server.server_close()


@contextmanager
def rig(folder: Path, faults: dict[str, Any] | None = None, **changes: Any) -> Iterator[Rig]:
    """Run a simulator, a thousand times as fast as life unless told otherwise."""
    receiver, log, accounts = Receiver(), folder / "facts.jsonl", folder / "accounts.json"
    config = SimulatorConfig(log_path=log, accounts_path=accounts, time_factor=1000, faults=Faults.read(faults or {}))
    with receiver_server(receiver) as hook:
        accounts.write_text(json.dumps(account_file(hook)))
        with (
            Simulator(replace(config, **changes)) as simulator,
            httpx.Client(base_url=simulator.url, verify=NO_TLS) as http,
        ):
            yield Rig(simulator, receiver, http, log, accounts)


def account_file(hook: str) -> dict[str, Any]:
    """Return accounts whose webhooks all go to `hook`."""
    return {
        "voice": [
            {"api_key": KEY, "webhook_url": f"{hook}/voice", "webhook_secret": SECRET},
            {"api_key": OTHER_KEY},
        ],
        "whatsapp": [
            {
                "access_token": TOKEN,
                "phone_number_id": PNID,
                "webhook_url": f"{hook}/whatsapp",
                "app_secret": APP_SECRET,
                "verify_token": VERIFY,
            }
        ],
        "analysis": [{"api_key": MODEL_KEY}],
    }
