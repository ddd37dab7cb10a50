"""Celery's settings against a real broker that dies."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from kombu import Connection, Message, Queue

from config.celery import app
from launcher.paths import Layout
from launcher.valkey import Valkey


@pytest.fixture(name="broker")
def broker_fixture() -> Iterator[Valkey]:
    folder = Path(tempfile.mkdtemp(prefix="outbound-broker-"))
    folder.chmod(0o755)  # the server runs as another user where we are root
    layout = Layout.prepare(folder / "data")
    layout.make_server_folders()
    server = Valkey(layout)
    server.ensure_ready(durable=False)
    yield server
    server.stop()
    layout.remove_server_folders()
    shutil.rmtree(folder)


def connect(broker: Valkey) -> Connection:
    return app.connection_for_read(url=f"redis+socket://{broker.socket_path}?virtual_host=0")


def take_without_beginning(connection: Connection) -> Message:
    """Hold one message that was delivered and not acknowledged, and listen for more and for orders, as workers do."""
    messages: list[Message] = []
    queue = Queue("held")
    consumer = connection.Consumer([queue], on_message=messages.append)
    connection.Producer().publish({}, routing_key="held", declare=[queue])
    consumer.consume()
    connection.Consumer([Queue("orders")], channel=connection.channel()).consume()
    while not messages:
        connection.drain_events(timeout=5)
    with suppress(TimeoutError):
        connection.drain_events(timeout=0.1)
    return messages[0]


def test_a_connection_whose_broker_died_is_closed_without_an_error(broker: Valkey) -> None:
    connection = connect(broker)
    message = take_without_beginning(connection)
    os.kill(broker.pid, signal.SIGKILL)
    connection.collect(socket_timeout=1)  # what a worker does before it connects again
    connection.close()
    message.ack()  # as its task does that begins only now
    broker.ensure_ready(durable=False)
    with connect(broker) as another:
        take_without_beginning(another)


def test_what_was_not_begun_is_given_back_in_an_orderly_end(broker: Valkey) -> None:
    connection = connect(broker)
    take_without_beginning(connection)
    connection.close()
    with connect(broker) as another:
        assert Queue("held")(another.default_channel).get() is not None


def test_a_broker_that_stays_away_is_asked_for_every_few_seconds(broker: Valkey) -> None:
    broker.stop()
    waits: list[float] = []

    def note(_error: Exception, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 20:
            raise KeyboardInterrupt

    with patch("kombu.utils.functional.sleep"), connect(broker) as connection, pytest.raises(KeyboardInterrupt):
        connection.ensure_connection(note, 100)
    assert max(waits) <= 3
