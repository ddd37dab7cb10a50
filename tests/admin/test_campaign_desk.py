"""The top of a campaign's page: what it tells, that it stays true, and what its buttons make."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.lifecycle import Status
from campaigns.models import Campaign, Configuration
from campaigns.services import pause_campaign, start_campaign
from lib import clock
from organizations.models import AuditEvent, Organization, Role
from targets.models import Attempt, CampaignTarget
from tests import factories
from tests.admin.conftest import SECRET, Login
from tests.admin.pages import page
from tests.admin.test_campaign import form_of
from tests.admin.test_roles import BUTTON
from tests.admin.world import Furnished, member

BAD = '[{"days": [9], "start": "09:00", "end": "10:00"}]'


def live(client: Client, campaign: Campaign) -> str:
    response = client.get(page(Campaign, "live", campaign.pk))
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def words_of(client: Client, campaign: Campaign, **typed: str) -> str:
    """Return what the page says of the form as it was typed so far."""
    response = client.post(page(Campaign, "preview", campaign.pk), form_of(campaign, **typed))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_fresh_part_tells_the_buttons_the_stages_and_who_is_next(root: Client, ours: Furnished) -> None:
    assert f"{page(Campaign, 'start', ours.campaign.pk)}" in live(root, ours.campaign)
    start_campaign(campaign=ours.campaign)
    later = factories.TargetFactory(campaign=ours.campaign, next_attempt_at=clock.now() + timedelta(days=1))
    text = live(root, ours.campaign)
    assert page(Campaign, "pause", ours.campaign.pk) in text
    assert page(Campaign, "start", ours.campaign.pk) not in text
    steps = text.partition("Next steps")[2].partition("By stage")[0]
    assert steps.index(str(ours.target.pk)) < steps.index(str(later.pk))
    assert "stage__exact=new" in text
    assert "campaign started" in text


def test_the_fresh_part_costs_the_same_however_much_there_is(root: Client, ours: Furnished) -> None:
    start_campaign(campaign=ours.campaign)
    live(root, ours.campaign)
    with CaptureQueriesContext(connection) as before:
        live(root, ours.campaign)
    for number in range(20):
        target = factories.TargetFactory(campaign=ours.campaign)
        factories.AttemptFactory(
            target=target, state="completed", outcome="busy", provider_id=str(number), submit_started_at=clock.now()
        )
    with CaptureQueriesContext(connection) as after:
        live(root, ours.campaign)
    assert len(after) == len(before)


def test_the_charts_count_calls_and_goals(root: Client, ours: Furnished) -> None:
    now = clock.now()
    Attempt.objects.filter(pk=ours.attempt.pk).update(reserved_at=now)
    CampaignTarget.objects.filter(pk=ours.target.pk).update(goal_met_at=now)
    factories.AttemptFactory(
        target=factories.TargetFactory(campaign=ours.campaign),
        state="completed",
        outcome="answered",
        provider_id="other",
        submit_started_at=now,
    )
    charts = root.get(page(Campaign, "live", ours.campaign.pk), {"part": "charts"}).context["charts"]
    words = {card.name: card.figures["words"] for card in charts}
    assert words["outcomes"] == "Calls by outcome: answered 2"
    assert words["hours"].endswith(f"{now:%H:00} 2 calls")
    assert words["goals"].endswith(f"{now:%d %b} 1 of 2")


@pytest.mark.parametrize("role", Role)
def test_nobody_gets_the_fresh_part_of_another_organization(
    role: Role, login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, role))
    assert SECRET not in live(client, ours.campaign)
    assert client.get(page(Campaign, "live", theirs.campaign.pk)).status_code == 404
    assert client.get(page(Campaign, "live", theirs.campaign.pk), {"part": "charts"}).status_code == 404
    assert client.post(page(Campaign, "preview", theirs.campaign.pk), form_of(theirs.campaign)).status_code in (
        403,
        404,
    )
    assert client.post(page(Campaign, "clone", theirs.campaign.pk), BUTTON).status_code == 404
    assert not Campaign.objects.filter(name__startswith="Copy of").exists()


def test_a_viewer_sees_figures_and_no_buttons(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.VIEWER))
    assert 'role="button"' not in live(client, ours.campaign)
    assert client.post(page(Campaign, "preview", ours.campaign.pk), form_of(ours.campaign)).status_code == 403


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_who_may_not_configure_clones_nothing(role: Role, login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, role))
    assert client.post(page(Campaign, "clone", ours.campaign.pk), BUTTON).status_code == 403
    assert Campaign.objects.for_organization(acme).count() == 1


def test_a_clone_has_the_settings_and_nobody_in_it(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.ADMIN))
    start_campaign(campaign=ours.campaign)
    ours.campaign.stages.filter(key="won").update(name="Visit booked")
    response = client.post(page(Campaign, "clone", ours.campaign.pk), BUTTON | {"name": "Autumn"})
    clone = Campaign.objects.get(name="Autumn")
    assert response.headers["HX-Redirect"] == page(Campaign, "change", clone.pk)
    assert (clone.status, clone.external_id, clone.agent, clone.goal_spec) == (
        Status.DRAFT,
        None,
        ours.campaign.agent,
        ours.campaign.goal_spec,
    )
    assert clone.targets.count() == 0
    assert clone.stages.get(key="won").name == "Visit booked"
    assert AuditEvent.objects.filter(action="campaign.cloned", object_id=clone.pk).exists()


def test_pressing_what_is_done_already_reads_well(root: Client, ours: Furnished) -> None:
    start_campaign(campaign=ours.campaign)
    response = root.post(page(Campaign, "start", ours.campaign.pk), BUTTON)
    assert "This campaign is running already." in root.get(response.headers["HX-Redirect"]).content.decode()


def test_the_hours_are_told_in_words_while_they_are_typed(root: Client, ours: Furnished) -> None:
    evenings = json.dumps([{"days": [5], "start": "18:00", "end": "20:00"}])
    told = words_of(root, ours.campaign, working_hours=evenings, call_attempt_delays="60, 60, 60")
    assert "Sat 18:00\N{EN DASH}20:00 in the person&#x27;s zone, up to 4 calls (1 h apart)" in told
    ours.campaign.refresh_from_db()
    assert ours.campaign.call_attempt_delays == [60, 240, 1440]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"working_hours": '[{"days": [9], "start": "09:00", "end": "10:00"}]'}, "weekdays are numbers from 0"),
        ({"working_hours": "nonsense"}, "Enter a valid JSON"),
        ({"call_attempt_delays": "often"}, "Enter a whole number"),
        ({"retry_policy": '{"busy": {"maximum": -1}}'}, "busy.maximum"),
    ],
)
def test_what_cannot_be_understood_is_said_while_it_is_typed(
    typed: dict[str, str], told: str, root: Client, ours: Furnished
) -> None:
    assert told in words_of(root, ours.campaign, **typed)


def test_a_new_campaign_is_told_in_words_too(login: Login, acme: Organization, ours: Furnished) -> None:
    data = {key: value for key, value in form_of(ours.campaign).items() if not key.startswith("stages-")}
    text = login(member(acme, Role.ADMIN)).post(page(Campaign, "preview_new"), data).content.decode()
    assert "up to 4 calls (1 h, 4 h, 1 d apart)" in text


def test_a_configuration_is_told_in_words_while_it_is_typed(root: Client, ours: Furnished) -> None:
    configuration = Configuration.objects.get(organization=ours.organization)
    data = {
        "name": "Evenings",
        "default_timezone": "Europe/Rome",
        "default_country_code": "+39",
        "windows": '[{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "19:00"}]',
        "max_retries": 3,
        "retry_delay_minutes": 90,
        "retry_policy": '{"busy": {"delays_minutes": [5], "then": "whatsapp"}}',
    }
    address = page(Configuration, "preview", configuration.pk)
    text = root.post(address, data).content.decode()
    assert "up to 4 calls (1 h 30 min apart); busy: again after 5 min, at most once, then WhatsApp." in text
    assert "weekdays are numbers" in root.post(address, data | {"windows": BAD}).content.decode()
    assert root.get(address).status_code == 405


def test_changed_hours_free_those_they_had_put_off(root: Client, ours: Furnished) -> None:
    configuration = Configuration.objects.get(organization=ours.organization)
    Campaign.objects.filter(pk=ours.campaign.pk).update(configuration=configuration)
    later = clock.now() + timedelta(days=2)
    CampaignTarget.objects.filter(pk=ours.target.pk).update(hold_reason="hours.outside_hours", next_attempt_at=later)
    data = {
        "name": "Evenings",
        "default_timezone": "Europe/Rome",
        "default_country_code": "+39",
        "windows": '[{"days": [0], "start": "09:00", "end": "19:00"}]',
        "max_retries": 3,
        "retry_delay_minutes": 90,
    }
    assert root.post(page(Configuration, "change", configuration.pk), data).status_code == 302
    ours.target.refresh_from_db()
    assert ours.target.next_attempt_at is not None
    assert ours.target.next_attempt_at < later
    assert AuditEvent.objects.filter(action="configuration.updated", object_id=configuration.pk).exists()


def test_a_configuration_in_use_is_not_deleted(root: Client, ours: Furnished) -> None:
    configuration = Configuration.objects.get(organization=ours.organization)
    Campaign.objects.filter(pk=ours.campaign.pk).update(configuration=configuration)
    response = root.post(page(Configuration, "delete_row", configuration.pk), BUTTON)
    assert "A campaign uses this configuration" in root.get(response.headers["HX-Redirect"]).content.decode()
    assert Configuration.objects.filter(pk=configuration.pk).exists()


def test_the_next_steps_are_in_order_over_all_lanes_of_the_queue(ours: Furnished, acme: Organization) -> None:
    now = clock.now()
    CampaignTarget.objects.filter(pk=ours.target.pk).update(next_attempt_at=now, queue_rank=2)
    soon = factories.TargetFactory(campaign=ours.campaign, next_attempt_at=now - timedelta(hours=1), queue_rank=1)
    letter = factories.TargetFactory(
        campaign=ours.campaign, next_attempt_at=now - timedelta(minutes=5), next_channel="whatsapp"
    )
    factories.TargetFactory(campaign=ours.campaign, next_attempt_at=now + timedelta(days=1))
    factories.TargetFactory(next_attempt_at=now - timedelta(days=1))
    assert [target.pk for target in CampaignTarget.objects.next_of(ours.campaign.pk, 3)] == [
        soon.pk,
        letter.pk,
        ours.target.pk,
    ]


def test_a_paused_campaign_says_why(root: Client, ours: Furnished) -> None:
    start_campaign(campaign=ours.campaign)
    pause_campaign(campaign=ours.campaign, reason="a wrong script")
    assert "a wrong script" in live(root, ours.campaign)
