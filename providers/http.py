"""Talk HTTP to a vendor inside hard limits: one request, no retry, no redirect, no proxy, so much time, so many bytes.

HTTP libraries limit each read, so a server that drips one byte a second holds them for ever. Here every wait on the
socket is limited by what is left of the whole exchange, from the name look-up to the last byte of the answer. The
same place notes whether any byte of the request was written, which is the one sound proof that nothing was asked.
"""

from __future__ import annotations

import select
import socket
import ssl
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from time import monotonic
from typing import Any

import httpcore2
import httpx2

from lib.crash_points import crash_point
from providers import network
from providers.base import InDoubt, RefusalCode, Refused
from providers.network import CONNECT_SECONDS
from providers.payload import read_object

_ANSWER_BYTES = 8 * 1024 * 1024
_CONNECTIONS = 100
_KEEPALIVE_SECONDS = 4.0  # below the 5 s of common servers, so that a dial never meets a connection being closed
_LONGEST_RETRY_AFTER = 86_400.0

# The request itself was impossible: a bad base URL, or a character that no header may carry.
_UNFIT = (ValueError, TypeError, httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)

_CORE_ERRORS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """Return the object in the body, empty where there is none."""
        return read_object(self.body)

    def retry_after_seconds(self) -> float | None:
        """Return how long ``Retry-After`` (seconds or a date) asks to wait, at most a day; None where it does not."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return min(float(value[:9]), _LONGEST_RETRY_AFTER)
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        wait = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        return min(max(wait, 0.0), _LONGEST_RETRY_AFTER)


@dataclass(slots=True)
class Exchange:
    """What became of one request."""

    deadline: float  # by `time.monotonic`
    sent: bool = False  # whether any byte of it left
    answer: Answer | None = None
    failure: Exception | None = None

    def seconds_left(self) -> float:
        """Return the rest of the time. Raises TimeoutError once there is none."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the exchange took too long")
        return left


_current: ContextVar[Exchange] = ContextVar("exchange")


def perform(send: Callable[[], object], *, seconds: float) -> Exchange:
    """Run `send`, which makes one request through an `http_client`, for at most `seconds`. Never raises."""
    exchange = Exchange(deadline=monotonic() + seconds)
    token = _current.set(exchange)
    try:
        send()
    except Exception as error:  # noqa: BLE001 - once a byte has left, every failure means the same: nobody knows
        exchange.failure = error
    finally:
        _current.reset(token)
    return exchange


def unanswered(exchange: Exchange) -> Refused | InDoubt:
    """Return the result of a submission that got no complete answer. Only the failure's kind is told, not its text."""
    kind = type(exchange.failure).__name__
    if exchange.sent:
        return InDoubt(f"no complete answer ({kind})")
    code = RefusalCode.MISCONFIGURED if isinstance(exchange.failure, _UNFIT) else RefusalCode.UNREACHABLE
    return Refused(code, f"the request was not sent ({kind})")


def http_client(
    owner: object = None, *, connect_seconds: float = CONNECT_SECONDS, answer_bytes: int = _ANSWER_BYTES
) -> httpx2.Client:
    """Return a thread-safe client that keeps connections alive and works only inside `perform`.

    With an `owner`, the adapter, they are closed when nobody holds it any more: who is dropped may still be in use.
    """
    client = httpx2.Client(
        transport=_Transport(connect_seconds, answer_bytes),
        headers={"accept-encoding": "identity"},  # a compressed answer could be a thousand times its size
        follow_redirects=False,
        trust_env=False,
    )
    if owner is not None:
        weakref.finalize(owner, client.close)
    return client


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of this process: a megabyte of trusted roots, too much to hold for each account."""
    return httpx2.create_ssl_context(trust_env=False)


class _Transport(httpx2.BaseTransport):
    def __init__(self, connect_seconds: float, answer_bytes: int) -> None:
        self._answer_bytes = answer_bytes
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls_context(),
            max_connections=_CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=_Backend(connect_seconds),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = _current.get()
        with _as_client_errors():
            answer = self._pool.handle_request(_core_request(request, exchange.seconds_left()))
            try:
                body = self._read(answer)
            finally:
                answer.close()
        response = httpx2.Response(answer.status, headers=answer.headers, content=body)
        exchange.answer = Answer(answer.status, dict(response.headers), body)
        return response

    def _read(self, answer: httpcore2.Response) -> bytes:
        encoding = dict(answer.headers).get(b"content-encoding", b"identity")
        if encoding.lower() != b"identity":
            raise httpcore2.RemoteProtocolError("the answer is compressed, which was not asked for")
        body = bytearray()
        for chunk in answer.iter_stream():
            body += chunk
            if len(body) > self._answer_bytes:
                raise httpcore2.RemoteProtocolError("the answer is too large")
        return bytes(body)

    def close(self) -> None:
        self._pool.close()


def _core_request(request: httpx2.Request, pool_seconds: float) -> httpcore2.Request:
    url = httpcore2.URL(
        scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
    )
    return httpcore2.Request(
        method=request.method,
        url=url,
        headers=request.headers.raw,
        content=request.stream,
        extensions={"timeout": {"pool": pool_seconds}},  # the other waits are limited by the exchange
    )


@contextmanager
def _as_client_errors() -> Iterator[None]:
    """Raise the client's twin of the pool's errors, as the vendors' libraries expect; the names are the same."""
    try:
        yield
    except _CORE_ERRORS as error:
        raise getattr(httpx2, type(error).__name__)(str(error)) from error


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, connect_seconds: float) -> None:
        self._connect_seconds = connect_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        with _as_core_errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            exchange = _current.get()
            connection = network.connect(host, port, seconds=min(self._connect_seconds, exchange.seconds_left()))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _drop_unsent_data(connection, after_seconds=exchange.seconds_left())
        return _Stream(connection, self._connect_seconds)


def _drop_unsent_data(connection: socket.socket, *, after_seconds: float) -> None:
    """Stop the kernel from delivering a request minutes after we gave it up."""
    if sys.platform == "linux":
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(int(after_seconds * 1000), 1))


class _Stream(httpcore2.NetworkStream):
    """A socket whose every wait ends with the exchange it serves."""

    def __init__(self, connection: socket.socket, connect_seconds: float) -> None:
        self._socket = connection
        self._connect_seconds = connect_seconds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        crash_point("W6")
        with _as_core_errors(httpcore2.ReadTimeout, httpcore2.ReadError):
            self._socket.settimeout(_current.get().seconds_left())
            return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = _current.get()
        unsent = memoryview(buffer)
        with _as_core_errors(httpcore2.WriteTimeout, httpcore2.WriteError):
            while unsent:
                self._socket.settimeout(exchange.seconds_left())
                exchange.sent = True
                unsent = unsent[self._socket.send(unsent) :]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            with _as_core_errors(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                self._socket.settimeout(min(self._connect_seconds, _current.get().seconds_left()))
                secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        return _Stream(secured, self._connect_seconds)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked of an idle connection: readable means that the server has closed it
            return self._socket.fileno() < 0 or _is_readable(self._socket)
        return self._socket if info == "socket" else None


def _is_readable(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _as_core_errors(on_timeout: type[Exception], on_failure: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise on_timeout(str(error)) from error
    except OSError as error:
        raise on_failure(str(error)) from error
