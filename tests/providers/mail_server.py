"""A mail server on loopback that says what it is told at each step of SMTP.

The steps are ``CONNECT``, ``EHLO``, ``AUTH``, ``MAIL``, ``RCPT``, ``DATA``, ``MESSAGE`` (all data received) and
``QUIT``. A step's reply is a line of text, or one of the actions below.
"""

from __future__ import annotations

import socketserver
import threading
import time
from email import message_from_bytes
from email.message import Message
from email.policy import default
from types import TracebackType

HANG = "<hang>"
DROP = "<drop>"
DRIP = "<drip>"

_USUAL = {
    "CONNECT": "220 loopback ESMTP",
    "EHLO": "250-loopback\r\n250 AUTH PLAIN LOGIN",
    "HELO": "250 loopback",
    "AUTH": "235 welcome",
    "MAIL": "250 fine",
    "RCPT": "250 fine",
    "DATA": "354 go on",
    "MESSAGE": "250 queued as 1",
    "RSET": "250 fine",
    "QUIT": "221 bye",
}


class MailServer:
    """Serve SMTP on a port of its own. A context manager."""

    def __init__(self) -> None:
        self.replies = dict(_USUAL)
        self.messages: list[Message] = []
        self.recipients: list[str] = []
        self.stopping = threading.Event()
        self._server = _Listener(("127.0.0.1", 0), _Session)
        self._server.mail = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.port = int(self._server.server_address[1])

    def will(self, **replies: str) -> MailServer:
        """Say something else at the named steps."""
        self.replies |= replies
        return self

    def __enter__(self) -> MailServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mail: MailServer


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            self._converse()
        except OSError:
            return  # the client went away, as some tests want it to

    def _converse(self) -> None:
        going = self._say("CONNECT")
        while going:
            line = self.rfile.readline()
            if not line:
                return
            step = line.split()[0].decode().upper() if line.strip() else "EMPTY"
            going = self._step(step, line)

    def _step(self, step: str, line: bytes) -> bool:
        mail = self._mail
        if step == "RCPT":
            mail.recipients.append(line.decode().partition("<")[2].partition(">")[0])
        going = self._say(step)
        if step == "DATA" and going and mail.replies["DATA"].startswith("354"):
            mail.messages.append(message_from_bytes(self._data(), policy=default))
            going = self._say("MESSAGE")
        return going and step != "QUIT"

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))  # the dot that SMTP adds before a dot
        return b"".join(lines)

    def _say(self, step: str) -> bool:
        reply = self._mail.replies.get(step, "502 what?")
        if reply == HANG:
            self._mail.stopping.wait(30)
        elif reply == DRIP:
            for _ in range(1500):
                self.wfile.write(b"2")
                time.sleep(0.02)
        elif reply != DROP:
            self.wfile.write(reply.encode() + b"\r\n")
            return True
        return False

    @property
    def _mail(self) -> MailServer:
        assert isinstance(self.server, _Listener)
        return self.server.mail
