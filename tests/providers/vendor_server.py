"""A vendor on loopback that does what it is told: answer, stay silent, drip, break off, reset.

One behaviour serves one request; the last one serves all that follow. Every request that was read is kept.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[["VendorServer", socket.socket, "Received | None"], bool]  # tells whether to keep the connection


class VendorServer:
    """Serve behaviours on a port of its own. A context manager."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.hung_up = threading.Event()  # a connection was closed by us
        self.stopping = threading.Event()
        self._behaviours: list[Behaviour] = []
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def will(self, *behaviours: Behaviour) -> VendorServer:
        """Plan the behaviours of the requests to come."""
        self._behaviours = list(behaviours)
        return self

    def __enter__(self) -> VendorServer:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            _cut(connection)
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while self._serve_one(connection):
                    pass
            except OSError:
                return  # the client went away, as some tests want it to
        self.hung_up.set()

    def _serve_one(self, connection: socket.socket) -> bool:
        if self._peek() is close_unread:
            return self._next()(self, connection, None)
        request = _read(connection)
        if request is None:
            return False
        self.received.append(request)
        return self._next()(self, connection, request)

    def _peek(self) -> Behaviour:
        with self._lock:
            return self._behaviours[0]

    def _next(self) -> Behaviour:
        with self._lock:
            return self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]


# --- behaviours -----------------------------------------------------------------------------------------------


def answer(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> Behaviour:
    """Answer at once; a body that is not bytes is sent as JSON."""
    return raw(_response(status, body, headers or {}), keep=True)


def raw(data: bytes, *, keep: bool = False) -> Behaviour:
    """Write exactly these bytes."""

    def behave(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
        connection.sendall(data)
        return keep

    return behave


def by(decide: Callable[[Received], tuple[int, object]]) -> Behaviour:
    """Answer with the status and body that `decide` finds for the request."""

    def behave(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
        assert request is not None
        status, body = decide(request)
        return answer(status, body)(server, connection, request)

    return behave


def drip(data: bytes, *, every: float = 0.02) -> Behaviour:
    """Write byte after byte, for as long as the client listens."""

    def behave(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(every)
        return False

    return behave


def flood(head: bytes, chunks: Iterable[bytes]) -> Behaviour:
    """Write a head and then chunks without end in sight."""

    def behave(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
        connection.sendall(head)
        for chunk in chunks:
            connection.sendall(chunk)
        return False

    return behave


def hang(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
    """Read the request and never answer."""
    server.stopping.wait(30)
    return False


def close(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
    """Read the request and hang up."""
    return False


def reset(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
    """Read the request and reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def close_unread(server: VendorServer, connection: socket.socket, request: Received | None) -> bool:
    """Hang up without having read anything."""
    return False


def _response(status: int, body: object, headers: Mapping[str, str]) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"content-type": "application/json", "content-length": str(len(content)), **headers}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def _read(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    while len(body) < int(headers.get("content-length", "0")):
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    return Received(method, target, headers, body)


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
