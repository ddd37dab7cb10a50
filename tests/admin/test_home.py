from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.services import pause_campaign, start_campaign
from customers.models import ImportJob
from lib import clock
from lib.clock import SimulatedClock
from organizations.models import Organization, Role, User
from organizations.services import Actor
from organizations.switches import set_dialing, stop_dialing
from targets.admin import home
from targets.models import Attempt, CampaignTarget
from tests import factories
from tests.admin.conftest import SECRET, Login
from tests.admin.pages import page
from tests.admin.world import Furnished, furnish, member


def test_home_shows_what_runs_and_how_far_it_is(login: Login, acme: Organization, ours: Furnished) -> None:
    factories.AttemptFactory(target=factories.TargetFactory(campaign=ours.campaign))
    start_campaign(campaign=ours.campaign)
    response = login(member(acme, Role.VIEWER)).get("/admin/")
    [card] = response.context["cards"]
    assert (card.organization, card.running, card.live_calls) == (acme, 1, 1)
    assert [(need.count, need.words) for need in card.needs] == [(1, "to decide in the review queue")]
    assert card.next_step is None
    [line] = response.context["running"]
    assert (line.campaign, line.done, line.progress.contacts_total) == (ours.campaign, 0, 2)
    assert f"{ours.mark} campaign" in response.content.decode()


def test_home_counts_the_calls_of_today(login: Login, acme: Organization, ours: Furnished, theirs: Furnished) -> None:
    today = clock.now()
    Attempt.objects.filter(pk=ours.attempt.pk).update(reserved_at=today)
    CampaignTarget.objects.filter(pk=ours.target.pk).update(goal_met_at=today)
    busy = factories.AttemptFactory(
        target=factories.TargetFactory(campaign=ours.campaign),
        state="completed",
        outcome="busy",
        provider_id="busy",
        submit_started_at=today,
    )
    factories.AttemptFactory(target=factories.TargetFactory(campaign=ours.campaign), state="released")
    yesterday = factories.AttemptFactory(
        target=factories.TargetFactory(campaign=ours.campaign),
        state="failed",
        submit_started_at=today,
        reserved_at=today - timedelta(days=1),
    )
    response = login(member(acme, Role.VIEWER)).get("/admin/")
    [card] = response.context["cards"]
    assert (card.today.dialed, card.today.answered, card.today.goals_met, card.answered_percent) == (2, 1, 1, 50)
    assert response.context["outcomes_chart"]["words"] == "Calls by outcome: answered 1; busy 1"
    client = login(member(acme, Role.VIEWER))
    listed = client.get(card.links["dialed"]).content.decode()
    assert page(Attempt, "change", busy.pk) in listed
    assert page(Attempt, "change", yesterday.pk) not in listed


def test_every_figure_of_home_leads_to_the_rows_it_counts(root: Client, acme: Organization, ours: Furnished) -> None:
    start_campaign(campaign=ours.campaign)
    pause_campaign(campaign=ours.campaign, reason="11 of the latest 20 attempts failed")
    ImportJob.objects.update(state=ImportJob.State.FAILED)
    CampaignTarget.objects.filter(pk=ours.target.pk).update(callback_requested=True, escalation_required=True)
    [card] = root.get("/admin/").context["cards"]
    assert [need.count for need in card.needs] == [1, 1, 1, 1, 1]
    for address in [need.link for need in card.needs] + list(card.links.values()):
        response = root.get(address)
        assert response.status_code == 200, address
    for need in card.needs:
        assert root.get(need.link).context["cl"].result_count == need.count, need.words


def test_a_campaign_paused_by_a_person_is_not_held_against_the_platform(
    root: Client, superuser: User, ours: Furnished
) -> None:
    start_campaign(campaign=ours.campaign)
    pause_campaign(campaign=ours.campaign, reason="lunch", actor=Actor(user=superuser))
    [card] = root.get("/admin/").context["cards"]
    assert "paused by the platform" not in [need.words for need in card.needs]


def test_home_says_what_to_do_first(login: Login, acme: Organization, ours: Furnished, globex: Organization) -> None:
    [card] = login(member(globex, Role.OPERATOR)).get("/admin/").context["cards"]
    assert card.next_step.words == "Make the first campaign"
    factories.CampaignFactory(organization=globex)
    [card] = login(member(globex, Role.OPERATOR)).get("/admin/").context["cards"]
    assert card.next_step.words == "Import the people to be called"
    [card] = login(member(acme, Role.OPERATOR)).get("/admin/").context["cards"]
    assert card.next_step.words == "Choose a campaign and start it"


def test_times_are_those_of_the_viewers_browser(root: Client, ours: Furnished) -> None:
    Attempt.objects.filter(pk=ours.attempt.pk).update(ended_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    address = page(Attempt, "change", ours.attempt.pk)
    assert "1 Jul 2026, 22:30" in root.get(address).content.decode()
    root.cookies["desk_zone"] = "Asia%2FTokyo"
    assert "2 Jul 2026, 07:30" in root.get(address).content.decode()
    root.cookies["desk_zone"] = "../../etc/passwd"
    assert "1 Jul 2026, 22:30" in root.get(address).content.decode()


def test_pages_run_no_script_but_their_own_files(root: Client, ours: Furnished) -> None:
    for address in ("/admin/", "/admin/login/", page(CampaignTarget, "change", ours.target.pk)):
        response = root.get(address)
        policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert "'unsafe-inline'" not in policy["script-src"]
        scripts = re.findall(r"<script(?P<attributes>[^>]*)>", response.content.decode())
        assert [s for s in scripts if "src=" not in s and 'type="application/json"' not in s] == []
        assert re.search(r"""\son\w+\s*=\s*["']""", response.content.decode()) is None


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
