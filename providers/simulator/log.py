"""Write down every fact of the simulated world, for tests to judge the system by.

One JSON object a line. Each has ``fact``, ``at`` (the business clock, ISO 8601) and ``real_at`` (the machine's). The
file belongs to an imaginary world, so it names phone numbers; API keys appear only as a hash prefix, ``account``.

    dial_requested     reference to from agent_id account trunk answer   answer: accepted, a fault's name, bad_request…
    call_placed        conversation_id reference to from agent_id account attempt persona scene language
    call_ended         conversation_id reference to from account outcome duration turns
    message_requested  reference to phone_number_id account kind answer  answer: accepted, a fault's name, a code
    message_accepted   wamid reference to phone_number_id account kind persona
    message_status     wamid reference to status                         status: sent, delivered, read, failed
    email_accepted     message_id reference from to subject text headers account    account: of the email service only
    email_event        message_id to event                               event: in the email service's words
    inbound_sent       wamid to phone_number_id text reply_to            `to` is the person who wrote
    webhook_delivered  id kind forged status tries
    webhook_given_up   id kind forged status tries                       status: null where nobody answered
    webhook_lost       id kind
    webhook_verified   kind status                                       Meta's handshake
    completion         account schema answer verdict                     answer: stop, a fault's name

``call_placed`` and ``message_accepted`` are written before the request is answered, so whatever the caller gets to
see, or fails to see, the file knows better.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from lib import clock


class FactLog:
    """Append facts to a file that several processes may share; a killed process loses or tears no line."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        self._lock = Lock()
        self._open = True
        self.counts: Counter[str] = Counter()

    def write(self, fact: str, **details: Any) -> None:
        """Append one fact with its two times."""
        times = {"at": clock.now().isoformat(), "real_at": datetime.now(UTC).isoformat()}
        line = json.dumps({"fact": fact, **times, **details}, ensure_ascii=False)
        with self._lock:
            if self._open:
                os.write(self._descriptor, f"{line}\n".encode())
                self.counts[fact] += 1

    def close(self) -> None:
        """Close the file; facts of threads that are still ending are dropped."""
        with self._lock:
            self._open = False
            os.close(self._descriptor)


def account_label(key: str) -> str:
    """Return the short hash that stands for an API key or access token in the log."""
    return sha256(key.encode()).hexdigest()[:8]


def read_facts(path: Path, *wanted: str) -> list[dict[str, Any]]:
    """Return the facts of a log, oldest first; only those named, if any are."""
    facts = [json.loads(line) for line in path.read_text().splitlines()]
    return [fact for fact in facts if not wanted or fact["fact"] in wanted]
