from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.admin.overview import describe_goal
from campaigns.goals import parse_goal_spec
from campaigns.lifecycle import Status
from campaigns.models import Campaign, Configuration
from campaigns.policy import ContactPolicy, words
from campaigns.services import soft_delete_campaign, start_campaign
from lib.windows import CallingCalendar, Window
from organizations.models import AuditEvent, Organization, Role
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import complaints, page
from tests.admin.test_roles import BUTTON
from tests.admin.world import Furnished, member

OFFICE_HOURS = Window.from_json({"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "19:00"})


def form_of(campaign: Campaign, **changes: Any) -> dict[str, Any]:
    """Return what the browser would send for the campaign's form, with some of it changed."""
    stages = list(campaign.stages.all())
    data: dict[str, Any] = {
        "name": campaign.name,
        "external_id": campaign.external_id,
        "priority": 0,
        "agent": campaign.agent_id,
        "phone_number": campaign.phone_number_id,
        "whatsapp_channel": campaign.whatsapp_channel_id,
        "email_channel": campaign.email_channel_id,
        "goal": campaign.goal,
        "goal_spec": json.dumps(campaign.goal_spec),
        "goal_logic": campaign.goal_logic,
        "first_contact_channel": campaign.first_contact_channel,
        "whatsapp_first_message": campaign.whatsapp_first_message,
        "whatsapp_after_attempts": 3,
        "working_hours": json.dumps(campaign.working_hours),
        "call_attempt_delays": "60,240,1440",
        "retry_policy": json.dumps(campaign.retry_policy),
        "stages-TOTAL_FORMS": len(stages),
        "stages-INITIAL_FORMS": len(stages),
    }
    for index, stage in enumerate(stages):
        data |= {f"stages-{index}-{field}": getattr(stage, field) for field in ("id", "position", "name", "color")}
        data[f"stages-{index}-campaign"] = campaign.pk
    return {key: "" if value is None else value for key, value in (data | changes).items()}


def press(client: Client, button: str, campaign: Campaign, **fields: Any) -> str:
    """Press a button and return the page that follows."""
    response = client.post(page(Campaign, button, campaign.pk), BUTTON | fields)
    return client.get(response.headers["HX-Redirect"]).content.decode()


def test_the_buttons_take_a_campaign_through_its_life(root: Client, ours: Furnished) -> None:
    for button, status in (
        ("start", Status.RUNNING),
        ("pause", Status.PAUSED),
        ("resume", Status.RUNNING),
        ("complete", Status.COMPLETED),
        ("start", Status.RUNNING),
        ("close", Status.CLOSED),
    ):
        press(root, button, ours.campaign)
        ours.campaign.refresh_from_db()
        assert ours.campaign.status == status


def test_looking_at_a_button_presses_nothing(root: Client, ours: Furnished) -> None:
    response = root.get(page(Campaign, "start", ours.campaign.pk))
    assert "as soon as their hours allow it" in response.content.decode()
    ours.campaign.refresh_from_db()
    assert ours.campaign.status == Status.DRAFT


def test_a_button_needs_a_token_of_the_page(superuser: Any, ours: Furnished) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    assert client.post(page(Campaign, "start", ours.campaign.pk), BUTTON).status_code == 403
    ours.campaign.refresh_from_db()
    assert ours.campaign.status == Status.DRAFT


def test_a_move_that_is_refused_is_explained(root: Client, ours: Furnished) -> None:
    assert "A draft campaign cannot become paused." in press(root, "pause", ours.campaign)
    ours.campaign.refresh_from_db()
    assert ours.campaign.status == Status.DRAFT


def test_what_a_campaign_lacks_is_said(root: Client, acme: Organization) -> None:
    campaign = factories.CampaignFactory(organization=acme, agent=None)
    text = press(root, "start", campaign)
    assert "cannot start yet, missing: agent, targets" in text
    assert "Nobody speaks for this campaign." in text


def test_a_start_can_be_put_off(root: Client, ours: Furnished) -> None:
    text = press(root, "start", ours.campaign, at="2099-01-02T09:30")
    assert "starts at 2099-01-02 09:30 UTC" in text
    ours.campaign.refresh_from_db()
    assert ours.campaign.status == Status.SCHEDULED


@pytest.mark.parametrize(
    ("status", "offered", "not_offered"),
    [
        (Status.DRAFT, ["start/", "close/", "delete_row/"], ["pause/", "resume/", "restore_row/"]),
        (Status.RUNNING, ["pause/", "complete/"], ["start/", "resume/"]),
    ],
)
def test_only_moves_that_make_sense_are_offered(
    status: Status, offered: list[str], not_offered: list[str], root: Client, ours: Furnished
) -> None:
    if status == Status.RUNNING:
        start_campaign(campaign=ours.campaign)
    text = root.get(page(Campaign, "change", ours.campaign.pk)).content.decode()
    address = page(Campaign, "change", ours.campaign.pk).removesuffix("change/")
    assert [button for button in offered if f"{address}{button}" not in text] == []
    assert [button for button in not_offered if f"{address}{button}" in text] == []


def test_a_viewer_is_offered_no_button(login: Login, acme: Organization, ours: Furnished) -> None:
    text = login(member(acme, Role.VIEWER)).get(page(Campaign, "change", ours.campaign.pk)).content.decode()
    address = page(Campaign, "change", ours.campaign.pk).removesuffix("change/")
    assert f"{address}start/" not in text
    assert f"{ours.mark} campaign" in text


def test_selected_campaigns_are_paused_together(root: Client, ours: Furnished, acme: Organization) -> None:
    start_campaign(campaign=ours.campaign)
    draft = factories.CampaignFactory(organization=acme)
    data = {"action": "pause_selected", "_selected_action": [ours.campaign.pk, draft.pk]}
    text = root.post(page(Campaign, "changelist"), data, follow=True).content.decode()
    assert "1 paused." in text
    assert "1 not paused: a draft campaign cannot become paused" in text
    ours.campaign.refresh_from_db()
    assert ours.campaign.status == Status.PAUSED


def test_a_change_goes_through_the_service(root: Client, ours: Furnished) -> None:
    data = form_of(ours.campaign, name="Renamed", call_attempt_delays="30, 60")
    response = root.post(page(Campaign, "change", ours.campaign.pk), data)
    assert complaints(response) == {}
    ours.campaign.refresh_from_db()
    assert (ours.campaign.name, ours.campaign.call_attempt_delays) == ("Renamed", [30, 60])
    event = AuditEvent.objects.get(action="campaign.updated", object_id=ours.campaign.pk)
    assert event.changes["name"] == [f"{ours.mark} campaign", "Renamed"]
    assert event.user is not None


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"goal_spec": '{"objectives": [{"type": "dance"}]}'}, "objectives.0: Input tag"),
        ({"working_hours": '[{"days": [0], "start": "09:00"}]'}, "a window has exactly days, start and end"),
        ({"call_attempt_delays": "60,999999999"}, "a delay is from 0 to"),
        ({"retry_policy": '{"busy": {"maximum": -1}}'}, "busy.maximum: input should be greater than or equal to 0"),
        ({"working_hours": "nonsense"}, "Enter a valid JSON"),
    ],
)
def test_what_the_service_refuses_is_shown_in_the_form(
    changes: dict[str, str], complaint: str, root: Client, ours: Furnished
) -> None:
    data = form_of(ours.campaign, name="Renamed", **changes)
    response = root.post(page(Campaign, "change", ours.campaign.pk), data)
    assert response.status_code == 200
    text = response.content.decode()
    assert complaint in text
    assert 'value="Renamed"' in text
    ours.campaign.refresh_from_db()
    assert ours.campaign.name != "Renamed"


def test_a_stage_can_be_renamed(root: Client, ours: Furnished) -> None:
    response = root.post(
        page(Campaign, "change", ours.campaign.pk), form_of(ours.campaign, **{"stages-0-name": "Fresh"})
    )
    assert complaints(response) == {}
    assert ours.campaign.stages.get(key="new").name == "Fresh"
    assert AuditEvent.objects.filter(action="campaign.stages_updated", object_id=ours.campaign.pk).exists()


def test_a_new_campaign_gets_its_stages(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.ADMIN))
    data = {key: value for key, value in form_of(ours.campaign).items() if not key.startswith("stages-")}
    response = client.post(page(Campaign, "add"), data | {"name": "Spring", "external_id": ""})
    assert complaints(response) == {}
    campaign = Campaign.objects.get(name="Spring")
    assert (campaign.organization, campaign.status) == (acme, Status.DRAFT)
    assert campaign.stages.count() == 4


def test_an_external_id_that_is_taken_is_refused(root: Client, ours: Furnished, acme: Organization) -> None:
    other = factories.CampaignFactory(organization=acme)
    data = form_of(other, external_id=ours.campaign.external_id)
    response = root.post(page(Campaign, "change", other.pk), data)
    assert complaints(response) == {"external_id": ["another campaign has this external id"]}


def test_a_deleted_campaign_is_hidden_and_can_be_brought_back(root: Client, ours: Furnished) -> None:
    soft_delete_campaign(campaign=ours.campaign)
    address = page(Campaign, "change", ours.campaign.pk)
    assert address not in root.get(page(Campaign, "changelist")).content.decode()
    assert address in root.get(page(Campaign, "changelist"), {"deleted": "only"}).content.decode()
    assert root.post(address, form_of(ours.campaign)).status_code == 403
    press(root, "restore_row", ours.campaign)
    ours.campaign.refresh_from_db()
    assert not ours.campaign.is_deleted


def test_windows_of_a_configuration_are_checked(root: Client, ours: Furnished) -> None:
    configuration = Configuration.objects.get(organization=ours.organization)
    data = {
        "name": "Evenings",
        "default_timezone": "Europe/Rome",
        "default_country_code": "+39",
        "windows": '[{"days": [9], "start": "18:00", "end": "20:00"}]',
        "overrides": '{"Mars/Base": []}',
        "max_retries": 2,
        "retry_delay_minutes": 30,
        "agent_config": "{}",
        "initial_context": "{}",
    }
    text = root.post(page(Configuration, "change", configuration.pk), data).content.decode()
    assert "weekdays are numbers from 0" in text
    data["windows"] = '[{"days": [1], "start": "18:00", "end": "20:00"}]'
    response = root.post(page(Configuration, "change", configuration.pk), data)
    assert list(complaints(response)) == ["overrides"]
    data["overrides"] = "{}"
    response = root.post(page(Configuration, "change", configuration.pk), data)
    assert complaints(response) == {}
    assert "Tue 18:00\N{EN DASH}20:00" in root.get(page(Configuration, "changelist")).content.decode()


def test_a_retry_policy_is_edited_and_told_in_words(root: Client, ours: Furnished) -> None:
    rules = '{"busy": {"delays_minutes": [5], "maximum": 3, "then": "whatsapp"}}'
    address = page(Campaign, "change", ours.campaign.pk)
    assert complaints(root.post(address, form_of(ours.campaign, retry_policy=rules))) == {}
    assert "busy: again after 5 min, at most 3 times, then WhatsApp" in root.get(address).content.decode()


def test_a_configurations_retry_policy_is_refused_at_its_field(root: Client, ours: Furnished) -> None:
    configuration = Configuration.objects.get(organization=ours.organization)
    data = {
        "name": "Evenings",
        "default_timezone": "Europe/Rome",
        "default_country_code": "+39",
        "max_retries": 2,
        "retry_delay_minutes": 30,
        "retry_policy": '{"failed": {"then": "next_step"}}',
    }
    response = root.post(page(Configuration, "change", configuration.pk), data)
    assert complaints(response) == {
        "retry_policy": ["failed.then: what follows technical failures is whatsapp, email or stop"]
    }


def test_emptied_boxes_of_json_mean_nothing_in_them(root: Client, ours: Furnished) -> None:
    configuration = Configuration.objects.get(organization=ours.organization)
    data = {
        "name": "Never",
        "default_timezone": "Europe/Rome",
        "default_country_code": "+39",
        "max_retries": 2,
        "retry_delay_minutes": 30,
    }
    response = root.post(page(Configuration, "change", configuration.pk), data)
    assert complaints(response) == {}
    configuration.refresh_from_db()
    assert (configuration.windows, configuration.overrides, configuration.agent_config) == ([], {}, {})
    assert configuration.first_call_windows is None


def test_a_policy_reads_as_a_sentence() -> None:
    calendar = CallingCalendar((OFFICE_HOURS,))
    policy = ContactPolicy(
        call_delays=(timedelta(minutes=90), timedelta(days=1)),
        calendar=calendar,
        first_call_calendar=calendar,
        minimum_gap=timedelta(minutes=10),
        daily_cap=5,
        whatsapp_after=2,
    )
    assert words(policy) == (
        "Mon\N{EN DASH}Fri 09:00\N{EN DASH}19:00 in the person's zone, up to 3 calls (1 h 30 min, 1 d apart), "
        "WhatsApp after 2 without an answer."
    )


def test_a_policy_of_one_call_has_no_waits() -> None:
    calendar = CallingCalendar(())
    policy = ContactPolicy((), calendar, calendar, timedelta(0), 5, starts_with_whatsapp=True, whatsapp_after=3)
    assert words(policy) == "Never in the person's zone, WhatsApp first, then up to 1 call."


def test_a_goal_reads_as_a_sentence() -> None:
    objectives = [{"type": "contact", "channels": ["call"], "min_count": 2}, {"type": "ai", "min_score": 0.7}]
    assert describe_goal(parse_goal_spec({"objectives": objectives}), "any") == (
        "2 times reached by call or the conversation reads as positive with a score of 0.7 or more."
    )
    assert describe_goal(parse_goal_spec({}), "all") == "No objectives: the goal is never met."
