"""Speak HTTP/1.1 with keep-alive: requests in, answers out, and the ways to spoil an answer."""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from re import Pattern
from socketserver import TCPServer
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_LARGEST_BODY = 4_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back after `wait_seconds`; `lost` cuts the connection by a reset instead of answering."""

    status: int
    payload: object
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    lost: bool = False


class RefusalError(Exception):
    """Stop handling a request and send this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `names` are the parts of the path that its route names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes
    client: tuple[str, int]
    names: Mapping[str, str] = field(default_factory=dict)

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object, an empty one if it is anything else."""
        try:
            raw = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return raw if isinstance(raw, dict) else {}

    @property
    def bearer_token(self) -> str:
        """Return the token of the Authorization header."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ").strip()


Route = tuple[str, Pattern[str], Callable[[Request], Answer]]


class Handler(BaseHTTPRequestHandler):
    """Read requests of one connection one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # buffered, so that an answer leaves in one packet
    server: WebServer

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the log of facts says all there is to say."""

    def handle_one_request(self) -> None:
        """Handle a request; a client that went away, or a server that stops, ends the connection without noise."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        """Handle a GET."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Handle a POST."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._send(Answer(413, {"error": "the body needs a length of at most 4 MB"}))
            return
        self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        client = (str(self.client_address[0]), int(self.client_address[1]))
        answer = self.server.dispatch(Request(self.command, url.path, query, self.headers, body, client))
        if answer.wait_seconds:
            self.server.stopping.wait(answer.wait_seconds)
        if answer.lost:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        content = json.dumps(answer.payload, ensure_ascii=False).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class WebServer(ThreadingHTTPServer):
    """Serve routes, one thread per open connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], routes: Sequence[Route]) -> None:
        super().__init__(address, Handler)
        self.stopping = Event()
        self._routes = routes
        self._connections: set[socket.socket] = set()
        self._lock = Lock()

    def server_bind(self) -> None:
        """Bind without looking our own name up, which may take seconds where there is no name server."""
        TCPServer.server_bind(self)

    @property
    def url(self) -> str:
        """Return the root of what is served."""
        host, port = self.socket.getsockname()[:2]
        return f"http://{host}:{port}"

    def dispatch(self, request: Request) -> Answer:
        """Return what the first matching route answers."""
        for method, pattern, handle in self._routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                try:
                    return handle(replace(request, names=match.groupdict()))
                except RefusalError as refusal:
                    return refusal.answer
        return Answer(404, {"detail": "Not Found"})

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `close_connections` can end it."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that is to be reset must not say goodbye first."""
        with self._lock:
            self._connections.discard(request)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == _RESET_ON_CLOSE:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def close_connections(self) -> None:
        """End every connection that is still open, waking the threads that wait on them."""
        self.stopping.set()
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a fault of ours, not a client that hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
