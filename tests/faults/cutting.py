"""Stand between the programs and PostgreSQL, and cut sessions off at the worst moment: while they commit."""

from __future__ import annotations

import random
import socket
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

_SOCKET = ".s.PGSQL.5432"
# A simple query of PostgreSQL's protocol 3: kind, length of what follows, text. psycopg commits by nothing else.
_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
_CHUNK = 1 << 16
# What the server says when it has no session left to give (SQLSTATE 53300).
_FIELDS = b"SFATAL\x00VFATAL\x00C53300\x00Msorry, too many clients already\x00\x00"
_TOO_MANY = b"E" + (len(_FIELDS) + 4).to_bytes(4, "big") + _FIELDS


class Proxy:
    """A way to the database that breaks: the chances are of each COMMIT and of each new session; `seen` counts."""

    def __init__(self, database_url: str, folder: Path) -> None:
        parts = urlsplit(database_url)
        self._upstream = str(Path(parse_qs(parts.query)["host"][0]) / _SOCKET)
        self.url = urlunsplit(parts._replace(query=f"host={folder}"))
        self.chance_of_cut = 0.0
        self.chance_of_refusal = 0.0
        self.seen: Counter[str] = Counter()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen(256)

    def serve(self) -> None:
        """Take sessions until `close`."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _carry(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        cut = threading.Event()
        try:
            if random.random() < self.chance_of_refusal:
                client.recv(_CHUNK)
                self.seen["refused"] += 1
                client.sendall(_TOO_MANY)
                return
            server.connect(self._upstream)
            back = threading.Thread(target=self._answer, args=(server, client, cut), daemon=True)
            back.start()
            self._ask(client, server, cut)
            back.join()
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def _ask(self, client: socket.socket, server: socket.socket, cut: threading.Event) -> None:
        """Carry requests until one side ends, or a COMMIT is lost before the server or its answer after it."""
        with suppress(OSError):
            while data := client.recv(_CHUNK):
                if data.endswith(_COMMIT) and random.random() < self.chance_of_cut:
                    if random.random() < 0.5:
                        self.seen["lost before"] += 1
                        break
                    self.seen["lost after"] += 1
                    cut.set()
                    server.sendall(data)
                    return
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _answer(self, server: socket.socket, client: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while (data := server.recv(_CHUNK)) and not cut.is_set():
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_RDWR)


@contextmanager
def broken_way(database_url: str) -> Iterator[Proxy]:
    """Open a way to the database on a socket of its own."""
    with tempfile.TemporaryDirectory(prefix="cut-") as folder:
        proxy = Proxy(database_url, Path(folder))
        thread = threading.Thread(target=proxy.serve, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.close()
            thread.join()
