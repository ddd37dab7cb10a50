from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.test import Client

from api import health
from tests.api.unreachable import closed_port, database_at, silent_port

PATIENCE_SECONDS = 2  # for an answer that may take one


@pytest.fixture(autouse=True)
def _connections_are_closed(transactional_db: None) -> Iterator[None]:
    """Readiness is checked over connections of its own, which see only what is committed."""
    yield


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give servers that do answer the time they need on a busy machine."""
    monkeypatch.setattr(health, "_SECONDS", 20)


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    answer: dict[str, Any] = response.json()
    return response.status_code, answer


def point_broker_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0")


def test_a_process_that_answers_is_healthy(client: Client) -> None:
    with database_at(closed_port()):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("patient")
def test_a_process_with_all_its_servers_is_ready(client: Client) -> None:
    assert ready(client) == (200, {"status": "ok"})


@pytest.mark.usefixtures("patient")
def test_a_database_that_is_down_is_named(client: Client) -> None:
    with database_at(closed_port()):
        assert ready(client) == (503, {"status": "unavailable", "not_ready": ["database", "migrations"]})


@pytest.mark.usefixtures("patient")
def test_a_migration_that_is_not_applied_is_noticed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_needed_migrations", lambda: frozenset({("campaigns", "9999_of_the_next_release")}))
    assert ready(client) == (503, {"status": "unavailable", "not_ready": ["migrations"]})


@pytest.mark.usefixtures("patient")
def test_a_broker_that_is_down_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_broker_at(closed_port(), monkeypatch)
    assert ready(client) == (503, {"status": "unavailable", "not_ready": ["broker"]})


def test_servers_that_never_answer_hold_nobody_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_port() as port, database_at(port):
        point_broker_at(port, monkeypatch)
        started = time.monotonic()
        status, answer = ready(client)
        assert time.monotonic() - started < PATIENCE_SECONDS
    assert (status, answer["not_ready"]) == (503, ["database", "migrations", "broker"])


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
