"""Choose ports on loopback that stay the same from run to run and differ between checkouts."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from launcher.errors import LaunchError
from launcher.paths import short_hash

HOST = "127.0.0.1"
_FIRST, _COUNT = 20_000, 10_000
_ATTEMPTS = 100


def usual_port(folder: Path) -> int:
    """Return the port from 20000 to 29999 that a folder's web server takes when it is free."""
    return _FIRST + int(short_hash(folder), 16) % _COUNT


def free_port(preferred: int) -> int:
    """Return `preferred` if nobody listens there, else the next free port. Raises LaunchError after a hundred."""
    for port in range(preferred, preferred + _ATTEMPTS):
        if _is_free(port):
            return port
    raise LaunchError(f"no free port from {preferred} on: choose one with PORT=…")


def port_from_environment() -> int | None:
    """Return the port set with PORT, None without. Raises LaunchError where it is no port, or taken."""
    text = os.environ.get("PORT", "")
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise LaunchError(f"PORT must be a number from 1 to 65535, not {text!r}")
    if not _is_free(int(text)):
        raise LaunchError(f"port {text} is taken: choose another with PORT=…, or leave it out")
    return int(text)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the web server does: connections that are only waiting to be forgotten do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True
