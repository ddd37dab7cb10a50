from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from organizations.models import Organization
from tests.factories import OrganizationFactory
from tests.targets.world import World, clear_clock, set_clock

# A Monday, eleven in the morning in New York.
MONDAY = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


@contextmanager
def living_world(folder: Path, live_server: LiveServer, settings: Settings) -> Iterator[World]:
    """Have the live server's vendors played, on a Monday morning in New York."""
    settings.PUBLIC_URL = live_server.url
    world = World(folder)
    url = world.simulator.url
    settings.ELEVENLABS_BASE_URL = settings.WHATSAPP_BASE_URL = url
    settings.ANALYSIS_BASE_URL = f"{url}/v1"
    settings.EMAIL_BASE_URL = world.simulator.mail_url
    set_clock(MONDAY)
    with world.simulator:
        yield world
    clear_clock()


@pytest.fixture
def world(tmp_path: Path, live_server: LiveServer, settings: Settings, transactional_db: None) -> Iterator[World]:
    with living_world(tmp_path, live_server, settings) as world:
        yield world


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    organization: Organization = OrganizationFactory(name="Acme", slug="acme", timezone="", default_region="US")
    return organization
