from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.services import start_campaign
from lib import clock
from lib.clock import SimulatedClock
from organizations.models import Organization, Role
from organizations.switches import set_dialing, stop_dialing
from targets.admin import home
from tests import factories
from tests.admin.conftest import SECRET, Login
from tests.admin.world import Furnished, furnish, member


def test_home_shows_what_runs_and_how_far_it_is(login: Login, acme: Organization, ours: Furnished) -> None:
    factories.AttemptFactory(target=factories.TargetFactory(campaign=ours.campaign))
    start_campaign(campaign=ours.campaign)
    response = login(member(acme, Role.VIEWER)).get("/admin/")
    [card] = response.context["cards"]
    assert (card.organization, card.running, card.live_calls, card.open_reviews) == (acme, 1, 1, 1)
    [line] = response.context["running"]
    assert (line.campaign, line.done, line.progress.contacts_total) == (ours.campaign, 0, 2)
    assert f"{ours.mark} campaign" in response.content.decode()


def test_home_says_that_nobody_dials(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.OPERATOR))
    stop_dialing(organization=acme, reason="a test of lines")
    set_dialing(value="quarantined", reason="restored")
    text = client.get("/admin/").content.decode()
    assert "Dialing is stopped: a test of lines" in text
    assert "the platform is quarantined (restored)" in text


def test_home_costs_the_same_however_much_there_is(root: Client, acme: Organization, ours: Furnished) -> None:
    root.get("/admin/")
    with CaptureQueriesContext(connection) as before:
        root.get("/admin/")
    for number in range(3):
        furnished = furnish(factories.OrganizationFactory(), f"{SECRET}{number}")
        start_campaign(campaign=furnished.campaign)
    with CaptureQueriesContext(connection) as after:
        root.get("/admin/")
    assert len(after) == len(before)


def test_the_header_warns_of_simulated_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert home.environment(None) is None  # type: ignore[arg-type]  # it does not look at the request
    simulated = SimulatedClock(clock.now(), clock.now(), 60.0)
    monkeypatch.setattr(clock, "_simulated", simulated)
    assert home.environment(None) == ["simulated time, 60 times as fast", "warning"]  # type: ignore[arg-type]  # as above
