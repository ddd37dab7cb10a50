"""Speak SMTP within a hard limit of time. `smtplib` limits each read, so a dripping server would hold it for ever."""

from __future__ import annotations

import io
import smtplib
import socket
from time import monotonic
from typing import TYPE_CHECKING

from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend

from providers import network
from providers.network import CONNECT_SECONDS

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class EmailBackend(DjangoEmailBackend):
    """Be Django's SMTP backend whose ``timeout`` limits a whole connection: opening it, one message, closing it."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _BoundedSMTPS if self.use_ssl else _BoundedSMTP


class _BoundedSMTP(smtplib.SMTP):
    file: io.BufferedReader | None
    data_has_begun = False  # from then on the server may have taken the message

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._deadline = monotonic() + timeout
        return network.connect(host, port, seconds=min(CONNECT_SECONDS, timeout))

    def send(self, s: ReadableBuffer | str) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        unsent = memoryview(s.encode("ascii") if isinstance(s, str) else s)
        try:
            while unsent:
                self.sock.settimeout(self.seconds_left())
                unsent = unsent[self.sock.send(unsent) :]
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("the message could not be written") from error

    def data(self, msg: ReadableBuffer | str) -> tuple[int, bytes]:
        self.data_has_begun = True
        return super().data(msg)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self))
        return super().getreply()

    def seconds_left(self) -> float:
        """Return the rest of the connection's time. Raises TimeoutError once there is none."""
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the connection took too long")
        return left


class _BoundedSMTPS(smtplib.SMTP_SSL, _BoundedSMTP):
    """The same over TLS from the first byte."""


class _Replies(io.RawIOBase):
    """What the server says, every read of it limited by the rest of the connection's time."""

    def __init__(self, connection: _BoundedSMTP) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        connected = self._connection.sock
        if connected is None:
            return 0
        connected.settimeout(self._connection.seconds_left())
        return connected.recv_into(buffer)
