"""Make servers unreachable: addresses on loopback where nobody listens, or where nobody answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import connections


def closed_port() -> int:
    """Return a port where nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port where connections are accepted and nothing is ever answered."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@contextmanager
def database_at(port: int) -> Iterator[None]:
    """Make every new connection to the database go to `port` meanwhile; the present one is closed."""
    connections["default"].close()
    with pytest.MonkeyPatch.context() as changed:
        changed.setitem(connections.settings["default"], "HOST", "127.0.0.1")
        changed.setitem(connections.settings["default"], "PORT", str(port))
        yield
