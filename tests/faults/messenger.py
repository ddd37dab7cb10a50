"""The messenger's side of web: news about messages and from people, signed and posted as the vendor does."""

from __future__ import annotations

import http.client
import random
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from organizations.models import Organization, ProviderAccount
from organizations.services import read_credentials
from providers.simulator.webhooks import encode, meta_signature
from providers.simulator.whatsapp_shapes import Message, inbound_event, status_event
from tests.faults.system import System

_ANSWER_SECONDS = 15


@dataclass(frozen=True)
class Messenger:
    """The WhatsApp account of an organization, as its vendor sees it."""

    path: str
    phone_number_id: str
    secret: str

    @classmethod
    def of(cls, organization: Organization) -> Messenger:
        account = ProviderAccount.objects.get(organization=organization, kind="whatsapp")
        credentials = read_credentials(account)
        path = f"/webhooks/whatsapp/{account.pk}"
        return cls(path, str(credentials["phone_number_id"]), str(credentials["webhook_secret"]))

    def written(self, phone: str, text: str) -> bytes:
        """Return the webhook of a message `phone` wrote, with an id that never was."""
        return encode(inbound_event(self._message("", "", phone), text, wamid=new_wamid()))

    def status(self, phone: str, status: str, *, wamid: str, reference: str = "") -> bytes:
        """Return the webhook that says how far a message to `phone` has come."""
        return encode(status_event(self._message(wamid, reference, phone), status))

    def _message(self, wamid: str, reference: str, phone: str) -> Message:
        return Message(wamid, reference, phone, self.phone_number_id, "text")

    def headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", **meta_signature(body, self.secret)}


def new_wamid() -> str:
    return f"wamid.{random.randbytes(12).hex()}"


class Line:
    """A connection to web that is opened again when it breaks. For one thread."""

    def __init__(self, system: System) -> None:
        self._web = http.client.HTTPConnection(urlsplit(system.base_url).netloc, timeout=_ANSWER_SECONDS)

    def post(self, messenger: Messenger, body: bytes) -> int | None:
        """Return the status web answered with, None where it did not answer."""
        try:
            self._web.request("POST", messenger.path, body, messenger.headers(body))
            answer = self._web.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        return answer.status

    def close(self) -> None:
        with suppress(OSError):
            self._web.close()
