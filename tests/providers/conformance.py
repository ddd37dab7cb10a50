"""Put every adapter that submits before the same vendor, whatever its protocol.

A bench is one adapter with one vendor on loopback. `stage` makes the vendor behave; `submit` is the real adapter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from providers.base import CallRequest, MessageRequest, SubmitResult
from providers.elevenlabs.voice import ElevenLabsVoice
from providers.email.delivery import ServiceEmail
from providers.email.mail import DjangoEmail
from providers.email.services import SERVICES
from providers.whatsapp.cloud import WhatsAppCloud
from tests.providers import vendor_server as vendor
from tests.providers.mail_server import DRIP, DROP, HANG, MailServer
from tests.providers.vendor_server import Behaviour, VendorServer

TOTAL_SECONDS = 0.5
CONNECT_SECONDS = 0.2
CALL = CallRequest("attempt-1", "+34600000001", "agent_1", "phnum_1")
MESSAGE = MessageRequest("message-1", "+34600000001", "1234", text="Hello")
MAIL = MessageRequest("message-1", "ana@example.com", "Shop <shop@example.org>", text="Hello", subject="News")


class Bench(ABC):
    """One adapter and its vendor."""

    @abstractmethod
    def stage(self, scene: str) -> None:
        """Make the vendor play `scene`."""

    @abstractmethod
    def submit(self) -> SubmitResult: ...

    @abstractmethod
    def submissions(self) -> int:
        """Return how often the vendor was asked to do it."""

    @abstractmethod
    def close(self) -> None: ...


class HttpBench(Bench):
    """An adapter that speaks HTTP. `accepted` is the body of a success, `refusals` the answers that refuse."""

    def __init__(
        self,
        build: Callable[[str], tuple[Callable[[], SubmitResult], Callable[[], None]]],
        accepted: Mapping[str, Any],
        bad_address: Behaviour,
    ) -> None:
        self.accepted = accepted
        self.server = VendorServer()
        self._running = ExitStack()
        self._running.enter_context(self.server)
        self._submit, self._close = build(self.server.url)
        self._scenes: dict[str, Behaviour] = {
            "accepts": vendor.answer(200, accepted),
            "hangs": vendor.hang,
            "drips": vendor.drip(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1500),
            "drops": vendor.close,
            "answers garbage": vendor.raw(b"\x00\xff garbage \r\n\r\n" * 20),
            "refuses credentials": vendor.answer(401, {"detail": {"status": "invalid_api_key", "message": "no"}}),
            "refuses address": bad_address,
            "asks to slow down": vendor.answer(429, {"detail": "slow"}, {"retry-after": "7"}),
        }

    def stage(self, scene: str) -> None:
        if scene == "is down":
            self._running.close()
        else:
            self.server.will(self._scenes[scene])

    def submit(self) -> SubmitResult:
        return self._submit()

    def submissions(self) -> int:
        return len(self.server.received)

    def close(self) -> None:
        self._close()
        self._running.close()


class MailBench(Bench):
    """The adapter that speaks SMTP."""

    def __init__(self) -> None:
        self.server = MailServer()
        self._running = ExitStack()
        self._running.enter_context(self.server)
        self._scenes = {
            "accepts": {},
            "hangs": {"MESSAGE": HANG},
            "drips": {"MESSAGE": DRIP},
            "drops": {"MESSAGE": DROP},
            "answers garbage": {"MESSAGE": "\x00 garbage"},
            "refuses credentials": {"AUTH": "535 no"},
            "refuses address": {"RCPT": "550 5.1.1 no such user"},
            "asks to slow down": {"RCPT": "451 4.7.1 later"},
        }

    def stage(self, scene: str) -> None:
        if scene == "is down":
            self._running.close()
        else:
            self.server.will(**self._scenes[scene])

    def submit(self) -> SubmitResult:
        adapter = DjangoEmail(
            host="127.0.0.1", port=self.server.port, username="u", password="p", timeout=TOTAL_SECONDS
        )
        return adapter.send_message(MAIL)

    def submissions(self) -> int:
        return len(self.server.messages)

    def close(self) -> None:
        self._running.close()


def _elevenlabs(*, sip_trunk: bool) -> HttpBench:
    def build(url: str) -> tuple[Callable[[], SubmitResult], Callable[[], None]]:
        adapter = ElevenLabsVoice(
            "key", url, sip_trunk=sip_trunk, connect_seconds=CONNECT_SECONDS, total_seconds=TOTAL_SECONDS
        )
        return lambda: adapter.place_call(CALL), adapter.close

    accepted = {"success": True, "message": "ok", "conversation_id": "conv_1", "callSid": "CA1"}
    complaint = {"detail": [{"loc": ["body", "to_number"], "msg": "not E.164", "type": "value_error"}]}
    return HttpBench(build, accepted, vendor.answer(422, complaint))


def _whatsapp() -> HttpBench:
    def build(url: str) -> tuple[Callable[[], SubmitResult], Callable[[], None]]:
        adapter = WhatsAppCloud("token", url, connect_seconds=CONNECT_SECONDS, total_seconds=TOTAL_SECONDS)
        return lambda: adapter.send_message(MESSAGE), adapter.close

    accepted = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.1"}]}
    complaint = {"error": {"message": "undeliverable", "type": "OAuthException", "code": 131026}}
    return HttpBench(build, accepted, vendor.answer(400, complaint))


def _postmark() -> HttpBench:
    def build(url: str) -> tuple[Callable[[], SubmitResult], Callable[[], None]]:
        options = {"server_token": "token"}
        adapter = ServiceEmail(
            SERVICES["postmark"], options, url, connect_seconds=CONNECT_SECONDS, total_seconds=TOTAL_SECONDS
        )
        return lambda: adapter.send_message(MAIL), adapter.close

    accepted = {"To": "ana@example.com", "MessageID": "883953f4", "ErrorCode": 0, "Message": "OK"}
    inactive = "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
    complaint = {"ErrorCode": 406, "Message": f"{inactive}ana@example.com. Inactive recipients are ones that bounced."}
    return HttpBench(build, accepted, vendor.answer(422, complaint))


HTTP_BENCHES: Mapping[str, Callable[[], HttpBench]] = {
    "elevenlabs over twilio": lambda: _elevenlabs(sip_trunk=False),
    "elevenlabs over a sip trunk": lambda: _elevenlabs(sip_trunk=True),
    "whatsapp": _whatsapp,
    "an email service": _postmark,
}
BENCHES: Mapping[str, Callable[[], Bench]] = {**HTTP_BENCHES, "email": MailBench}
