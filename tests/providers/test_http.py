"""The limits of one exchange: time, bytes, and the proof that nothing was sent."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from email.utils import format_datetime
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers import http
from providers.base import InDoubt, RefusalCode, Refused
from providers.http import Answer, Exchange, http_client, perform, unanswered
from tests.providers import vendor_server as vendor
from tests.providers.vendor_server import Received, VendorServer

TOTAL_SECONDS = 0.5
CONNECT_SECONDS = 0.3
SLACK_SECONDS = 1.0


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with http_client(connect_seconds=CONNECT_SECONDS, answer_bytes=1000) as built:
        yield built


@pytest.fixture
def server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running


def post(client: httpx2.Client, url: str, **arguments: object) -> Exchange:
    return perform(lambda: client.post(url, **arguments), seconds=TOTAL_SECONDS)  # type: ignore[arg-type]  # free-form


def assert_never_sent(exchange: Exchange, code: RefusalCode) -> None:
    result = unanswered(exchange)
    assert isinstance(result, Refused)
    assert result.code is code
    assert not exchange.sent


def test_an_answer_is_kept_whole(client: httpx2.Client, server: VendorServer) -> None:
    server.will(vendor.answer(418, b'{"a": 1}', {"X-Word": "Yes"}))
    answer = post(client, server.url).answer
    assert answer is not None
    assert (answer.status, answer.headers["x-word"], answer.json()) == (418, "Yes", {"a": 1})


def test_a_chunked_answer_is_read_to_its_end(client: httpx2.Client, server: VendorServer) -> None:
    server.will(vendor.raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    answer = post(client, server.url).answer
    assert answer is not None
    assert answer.body == b"abcde"


def test_an_answer_beyond_the_limit_is_no_answer(client: httpx2.Client, server: VendorServer) -> None:
    server.will(vendor.answer(200, b"x" * 1001))
    exchange = post(client, server.url)
    assert exchange.answer is None
    assert isinstance(unanswered(exchange), InDoubt)


def test_a_compressed_answer_is_no_answer(client: httpx2.Client, server: VendorServer) -> None:
    bomb = gzip.compress(b" " * 900_000)  # less than the limit on the wire
    server.will(vendor.answer(200, bomb, {"content-encoding": "gzip"}))
    assert len(bomb) < 1000
    assert post(client, server.url).answer is None


def test_an_answer_at_the_limit_is_an_answer(client: httpx2.Client, server: VendorServer) -> None:
    server.will(vendor.answer(200, b"x" * 1000))
    assert post(client, server.url).answer


def test_a_name_that_nobody_resolves_is_never_sent(client: httpx2.Client) -> None:
    started = time.monotonic()
    assert_never_sent(post(client, "http://nobody.invalid/"), RefusalCode.UNREACHABLE)
    assert time.monotonic() - started < CONNECT_SECONDS + SLACK_SECONDS


def test_a_resolver_that_hangs_is_not_waited_for(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        answered.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    started = time.monotonic()
    exchange = post(client, "http://slow.example/")
    assert time.monotonic() - started < CONNECT_SECONDS + SLACK_SECONDS
    answered.set()
    assert_never_sent(exchange, RefusalCode.UNREACHABLE)


@pytest.mark.skipif(sys.platform != "linux", reason="only there is all of 127/8 this machine")
def test_a_second_address_is_tried_where_the_first_is_dead(
    client: httpx2.Client, server: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def two(host: str, port: int, *rest: object, **options: object) -> list[object]:
        hosts = ["127.0.0.2", "127.0.0.1"] if host == "two.example" else [host]
        return [found for one in hosts for found in resolve(one, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    server.will(vendor.answer(200))
    with dead_address("127.0.0.2", server.port):
        assert post(client, f"http://two.example:{server.port}/").answer


@contextmanager
def dead_address(host: str, port: int = 0) -> Iterator[int]:
    """Give a port on which no connection is ever made: its queue is full, so the kernel drops every SYN."""
    with socket.create_server((host, port), backlog=0) as listener, socket.socket() as waiting:
        address = listener.getsockname()
        waiting.setblocking(False)
        with socket.create_connection(address):
            waiting.connect_ex(address)
            yield address[1]


def test_a_port_that_never_accepts_is_never_sent(client: httpx2.Client) -> None:
    with dead_address("127.0.0.1") as port:
        started = time.monotonic()
        exchange = post(client, f"http://127.0.0.1:{port}/")
    assert_never_sent(exchange, RefusalCode.UNREACHABLE)
    assert time.monotonic() - started < CONNECT_SECONDS + SLACK_SECONDS


def test_a_server_that_never_reads_does_not_hold_the_writer(client: httpx2.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        started = time.monotonic()
        exchange = post(client, f"http://127.0.0.1:{listener.getsockname()[1]}/", content=b"x" * 30_000_000)
    assert time.monotonic() - started < TOTAL_SECONDS + SLACK_SECONDS
    assert isinstance(unanswered(exchange), InDoubt)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "no url", "http://[::1/"])
def test_an_impossible_url_is_our_mistake(client: httpx2.Client, url: str) -> None:
    assert_never_sent(post(client, url), RefusalCode.MISCONFIGURED)


@pytest.mark.parametrize("key", ["line\nbreak", "cl\N{LATIN SMALL LETTER E WITH ACUTE}\ud800"])
def test_an_impossible_header_is_our_mistake(client: httpx2.Client, server: VendorServer, key: str) -> None:
    server.will(vendor.answer(200))
    assert_never_sent(post(client, server.url, headers={"xi-api-key": key}), RefusalCode.MISCONFIGURED)


def test_the_proxies_of_the_environment_are_not_used(server: VendorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.will(vendor.answer(200))
    with http_client() as client:
        assert post(client, server.url).answer


def test_a_client_cannot_be_used_without_limits(client: httpx2.Client, server: VendorServer) -> None:
    with pytest.raises(LookupError):
        client.post(server.url)


def test_threads_share_a_client_and_get_their_own_answers(client: httpx2.Client, server: VendorServer) -> None:
    server.will(vendor.by(lambda request: (200, {"told": request.body.decode()})))

    def told(number: int) -> object:
        answer = post(client, server.url, content=str(number)).answer
        return answer and answer.json()["told"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(told, range(40))) == [str(number) for number in range(40)]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), (" 0 ", 0.0), ("9" * 40, 86_400.0), ("", None), ("soon", None), ("-5", None), ("1.5", None)],
)
def test_retry_after_is_read_in_seconds(value: str, seconds: float | None) -> None:
    assert Answer(429, {"retry-after": value}, b"").retry_after_seconds() == seconds


@pytest.mark.parametrize(("minutes", "least", "most"), [(2, 110, 120), (-2, 0, 0), (10**6, 86_400, 86_400)])
def test_retry_after_is_read_as_a_date(minutes: int, least: float, most: float) -> None:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    wait = Answer(503, {"retry-after": format_datetime(at, usegmt=True)}, b"").retry_after_seconds()
    assert wait is not None
    assert least <= wait <= most


# --- TLS ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


class TlsVendor(VendorServer):
    """The same vendor behind TLS."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self.url = f"https://localhost:{self.port}"

    def _serve(self, connection: socket.socket) -> None:
        with closing(connection):
            try:
                secured = self._context.wrap_socket(connection, server_side=True)
            except OSError:
                return  # the client does not trust us
        super()._serve(secured)


def test_tls_works_where_the_certificate_is_trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(http, "tls_context", lambda: trusting)
    with TlsVendor(certificate) as server, http_client() as client:
        server.will(vendor.by(lambda request: (200, {"told": len(request.body)})))
        for _ in range(2):
            answer = post(client, server.url, content=b"x" * 200_000).answer
            assert answer is not None
            assert answer.json() == {"told": 200_000}


def test_nothing_is_said_to_a_server_whose_certificate_is_not_trusted(client: httpx2.Client, certificate: Path) -> None:
    with TlsVendor(certificate) as server:
        assert_never_sent(post(client, server.url), RefusalCode.UNREACHABLE)
        assert server.received == []


def test_a_silent_tls_server_is_not_waited_for(client: httpx2.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        started = time.monotonic()
        exchange = post(client, f"https://127.0.0.1:{listener.getsockname()[1]}/")
    assert time.monotonic() - started < CONNECT_SECONDS + SLACK_SECONDS
    assert_never_sent(exchange, RefusalCode.UNREACHABLE)


def test_a_request_names_no_compression(client: httpx2.Client, server: VendorServer) -> None:
    server.will(vendor.answer(200))
    post(client, server.url)
    received: Received = server.received[0]
    assert received.headers["accept-encoding"] == "identity"
