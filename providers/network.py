"""Open a TCP connection within a hard limit of time, name look-up included."""

from __future__ import annotations

import socket
import threading
from queue import Empty, SimpleQueue
from time import monotonic

from lib import haste

CONNECT_SECONDS = haste.seconds(3)
TOTAL_SECONDS = haste.seconds(15)  # of one submission, from the name look-up to the last byte of the answer


def connect(host: str, port: int, *, seconds: float) -> socket.socket:
    """Return a socket connected to `host` within `seconds` in all. Raises TimeoutError or another OSError.

    The system's own `create_connection` waits for the resolver as long as it likes, and for every address anew.
    """
    deadline = monotonic() + seconds
    addresses = _resolve(host, port, seconds)
    failure: OSError = OSError("the name has no address")
    for tried, address in enumerate(addresses):
        share = (deadline - monotonic()) / (len(addresses) - tried)  # a dead first address leaves time for the second
        if share <= 0:
            raise TimeoutError("connecting took too long")
        try:
            return socket.create_connection((address, port), timeout=share)
        except OSError as error:
            failure = error
    raise failure


def _resolve(host: str, port: int, seconds: float) -> list[str]:
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()
    # A look-up cannot be interrupted, so it is left behind in a thread that the resolver's own limit ends.
    threading.Thread(target=_look_up, args=(host, port, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError("the name look-up took too long") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _look_up(host: str, port: int, answers: SimpleQueue[list[str] | OSError]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        answers.put(error)
    except UnicodeError:
        answers.put(OSError("not a host name"))
    else:
        answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
