"""Play a mail server: take every email over SMTP, deliver none, and keep what came for people to look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

from providers.simulator.world import World

_KEPT = 200  # emails to be looked at; the log has all
_LONGEST_LINE = 4096  # bytes of a command
_LARGEST = 10_000_000  # bytes of a message
_IDLE_SECONDS = 60


class MailVendor:
    """Listen for SMTP on `address`; port 0 takes any free one. Nobody needs credentials."""

    def __init__(self, world: World, address: tuple[str, int]) -> None:
        self._world = world
        self._emails: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._server = _Server(address, self._take)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="simulator-mail", daemon=True)

    @property
    def url(self) -> str:
        """Return the address of the server, as mail accounts are given it."""
        host, port = self._server.server_address[:2]
        return f"smtp://{host!s}:{port}"

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; sessions under way end by themselves."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def newest(self) -> list[dict[str, Any]]:
        """Return the emails that came, the newest first."""
        return list(reversed(self._emails))

    def _take(self, sender: str, recipients: list[str], content: bytes) -> None:
        message = message_from_bytes(content, policy=default)
        message_id = str(message.get("Message-ID", ""))
        email = {
            "message_id": message_id,
            "reference": unquote(message_id.strip("<>").partition("@")[0]),
            "from": sender,
            "subject": str(message.get("Subject", "")),
            "text": _plain_text(message),
            "headers": {name: str(value) for name, value in message.items()},
        }
        for recipient in recipients:
            self._world.log.write("email_accepted", **email, to=recipient)
            self._emails.append({**email, "to": recipient})


def _plain_text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], take: Callable[[str, list[str], bytes], None]) -> None:
        super().__init__(address, _Session)
        self.take = take


class _Session(StreamRequestHandler):
    """One client's conversation, command by command."""

    timeout = _IDLE_SECONDS
    server: _Server

    def handle(self) -> None:
        try:
            self._converse()
        except OSError:
            return  # the client went away or said nothing for long

    def _converse(self) -> None:
        self._begin()
        self._say("220 simulator ESMTP: nothing sent here reaches anyone")
        while line := self.rfile.readline(_LONGEST_LINE):
            command, _space, argument = line.decode("ascii", "replace").strip().partition(" ")
            if command.upper() == "QUIT":
                self._say("221 bye")
                return
            self._say(self._reply(command.upper(), argument))

    def _begin(self) -> None:
        self._sender, self._recipients = "", list[str]()

    def _reply(self, command: str, argument: str) -> str:
        if command in ("EHLO", "HELO", "RSET"):
            self._begin()
        elif command == "MAIL":
            self._begin()
            self._sender = _address(argument)
        elif command == "RCPT" and self._sender:
            self._recipients.append(_address(argument))
        elif command == "DATA" and self._recipients:
            return self._message()
        elif command != "NOOP":
            return "503 not now" if command in ("RCPT", "DATA") else "502 that is not spoken here"
        return "250 fine"

    def _message(self) -> str:
        self._say("354 go on, and end with a dot")
        lines, size = [], 0
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionError("the client hung up in the middle")
            size += len(line)
            lines.append(line.removeprefix(b"."))
        if size > _LARGEST:
            return "552 too big"
        self.server.take(self._sender, self._recipients, b"".join(lines))
        self._begin()
        return "250 taken"

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())


def _address(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]
