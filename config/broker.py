"""Make Celery's workers outlive their broker.

A worker whose connection breaks closes it before it connects again. Kombu 5.7 then wants to give hints that were
delivered and not begun back to the broker, over a connection that has just lost its address, and the error ends the
worker, whatever its other threads are doing. A hint is not worth that: the sweep finds whoever waits for it.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis


class _QoS(redis.QoS):
    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Give back what was not begun, in an orderly shutdown; forget it where the connection is gone."""
        transport = self.channel.connection
        if transport is not None and transport.client is not None:
            super().restore_unacked_once(stderr)


def survive_its_loss() -> None:
    """Use the class above for every connection made from now on."""
    redis.Channel.QoS = _QoS
