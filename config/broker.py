"""Make Celery's processes outlive their broker, and find it again at once.

A worker whose connection breaks closes it and connects again. Kombu 5.7 still speaks to the broker about the hints
that came over the closed one: it acknowledges those that are begun later and gives back those that never were. It finds
no address there, and the error ends the worker, whatever its other threads are doing. A hint is not worth that: it
expires, and the sweep finds whoever waits for it.

And whoever waits for a broker would ask less and less often, in the end every half minute.
"""

from __future__ import annotations

from typing import Any

import kombu
from celery.app.amqp import AMQP
from kombu.transport import redis

# Between two tries to reach the broker, from the first to the longest.
_FIRST_WAIT_SECONDS, _LONGER_BY_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 0.5, 3.0


class _QoS(redis.QoS):
    """What a worker owes the broker for the messages of one connection: nothing once that is closed."""

    def _is_closed(self) -> bool:
        transport = self.channel.connection
        return transport is None or transport.client is None

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message."""
        if not self._is_closed():
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Refuse a message."""
        if not self._is_closed():
            super().reject(delivery_tag, requeue)

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Give back what was not begun, in an orderly shutdown."""
        if not self._is_closed():
            super().restore_unacked_once(stderr)


class _Connection(kombu.Connection):
    def ensure_connection(  # type: ignore[override]  # the stub lists what is passed on here
        self, *args: Any, **kwargs: Any
    ) -> kombu.Connection:
        """Wait for the broker, asking every few seconds however long it has been away."""
        waits = {
            "interval_start": _FIRST_WAIT_SECONDS,
            "interval_step": _LONGER_BY_SECONDS,
            "interval_max": _LONGEST_WAIT_SECONDS,
        }
        return super().ensure_connection(*args, **{**waits, **kwargs})


class PatientAMQP(AMQP):
    """What Celery makes its connections with."""

    Connection = _Connection


def survive_its_loss() -> None:
    """Have every connection made from now on closed without ado when the broker is gone."""
    redis.Channel.QoS = _QoS
