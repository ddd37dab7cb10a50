"""What an operator does for one person, from the person's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import ActivityEvent
from campaigns.services import pause_campaign, start_campaign
from customers.models import Suppression
from lib import clock
from organizations.models import AuditEvent, Organization, Role
from providers.base import ProviderError
from targets.exceptions import AnalyzerAway
from targets.models import CampaignTarget
from targets.removal import remove_target
from tests import factories
from tests.admin.conftest import SECRET, Login
from tests.admin.pages import page
from tests.admin.test_roles import BUTTON
from tests.admin.world import Furnished, member

BUTTONS = ["call_back", "move_stage", "verify", "begin", "leave", "suppress_person", "bring_back"]


def press(client: Client, button: str, target: CampaignTarget, **fields: Any) -> str:
    """Press a button and return the page that follows."""
    response = client.post(page(CampaignTarget, button, target.pk), BUTTON | fields)
    assert "HX-Redirect" in response.headers, response.content.decode()
    return client.get(response.headers["HX-Redirect"]).content.decode()


@pytest.fixture
def operator(login: Login, acme: Organization) -> Client:
    return login(member(acme, Role.OPERATOR))


@pytest.mark.parametrize("button", BUTTONS)
def test_a_viewer_does_nothing_and_nobody_reaches_another_organization(
    button: str, login: Login, operator: Client, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    viewer = login(member(acme, Role.VIEWER))
    assert viewer.post(page(CampaignTarget, button, ours.target.pk), BUTTON).status_code == 403
    assert (
        page(CampaignTarget, button, ours.target.pk)
        not in viewer.get(page(CampaignTarget, "change", ours.target.pk)).content.decode()
    )
    for client in (viewer, operator):
        response = client.post(page(CampaignTarget, button, theirs.target.pk), BUTTON)
        assert response.status_code == 404
        assert SECRET not in response.content.decode()


def test_an_operator_moves_a_person_to_another_stage(operator: Client, ours: Furnished) -> None:
    text = press(operator, "move_stage", ours.target, stage="won")
    ours.target.refresh_from_db()
    assert ours.target.stage == "won"
    assert "Moved from new to won" in text
    assert ActivityEvent.objects.filter(kind="target.staged", target_id=ours.target.pk).exists()


def test_only_the_campaigns_own_stages_are_offered(operator: Client, ours: Furnished) -> None:
    factories.CampaignFactory(organization=ours.organization).stages.filter(key="won").update(key="elsewhere")
    address = page(CampaignTarget, "move_stage", ours.target.pk)
    assert "elsewhere" not in operator.get(address).content.decode()
    response = operator.post(address, BUTTON | {"stage": "elsewhere"})
    assert "Select a valid choice" in response.content.decode()
    ours.target.refresh_from_db()
    assert ours.target.stage == "new"


def test_an_operator_promises_a_call_in_their_own_time(operator: Client, ours: Furnished) -> None:
    operator.cookies["desk_zone"] = "Asia%2FTokyo"
    at = (clock.now() + timedelta(days=3)).replace(hour=3, minute=0, second=0, microsecond=0)
    text = press(operator, "call_back", ours.target, at=f"{at + timedelta(hours=9):%Y-%m-%dT%H:%M}")
    ours.target.refresh_from_db()
    assert ours.target.callback_at == at
    assert "They are called at" in text
    assert "A call was promised" in text


def test_a_promise_for_the_past_is_refused_in_words(operator: Client, ours: Furnished) -> None:
    text = press(operator, "call_back", ours.target, at="2020-01-01T10:00")
    assert "This moment is past: choose a later one." in text


def test_an_operator_has_the_conversations_read_again(operator: Client, ours: Furnished) -> None:
    assert "The conversations read as" in press(operator, "verify", ours.target)
    assert AuditEvent.objects.filter(action="target.verified", object_id=ours.target.pk).exists()


def test_an_analyzer_that_is_away_is_said_in_words(
    operator: Client, ours: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise ProviderError("no route")

    monkeypatch.setattr("targets.admin.steps.verify_goal", away)
    assert "The analyzer does not answer" in press(operator, "verify", ours.target)
    assert AnalyzerAway().code == "analyzer_away"


def test_an_operator_suppresses_a_person_everywhere(operator: Client, ours: Furnished) -> None:
    before = Suppression.objects.count()
    press(operator, "suppress_person", ours.target, reason="asked on the phone")
    assert Suppression.objects.count() == before + 2  # their phone and their email
    ours.target.refresh_from_db()
    assert ours.target.state == "suppressed"


def test_an_operator_takes_a_person_out_and_brings_them_back(operator: Client, ours: Furnished) -> None:
    press(operator, "leave", ours.target)
    assert not CampaignTarget.objects.filter(pk=ours.target.pk).exists()
    text = press(operator, "bring_back", ours.target)
    assert CampaignTarget.objects.filter(pk=ours.target.pk).exists()
    assert "Brought back" in text


def test_an_operator_begins_again_with_somebody_who_was_given_up(operator: Client, ours: Furnished) -> None:
    CampaignTarget.objects.filter(pk=ours.target.pk).update(
        state="done", done_reason="exhausted", next_attempt_at=None, calls_made=4
    )
    press(operator, "begin", ours.target)
    ours.target.refresh_from_db()
    assert (ours.target.state, ours.target.calls_made, ours.target.round) == ("ready", 0, 1)


def test_selected_people_are_taken_out_and_begun_again_through_the_services(
    operator: Client, ours: Furnished, theirs: Furnished
) -> None:
    done = factories.TargetFactory(campaign=ours.campaign, state="done", done_reason="exhausted", next_attempt_at=None)
    chosen = [ours.target.pk, done.pk, theirs.target.pk]
    listed = page(CampaignTarget, "changelist")
    data = {"action": "begin_selected_again", "_selected_action": chosen}
    assert "1 begun again." in operator.post(listed, data, follow=True).content.decode()
    data = {"action": "take_selected_out", "_selected_action": chosen}
    assert "2 taken out." in operator.post(listed, data, follow=True).content.decode()
    assert list(CampaignTarget.objects.values_list("pk", flat=True)) == [theirs.target.pk]


def test_a_story_is_told_newest_first_on_two_clocks(operator: Client, ours: Furnished) -> None:
    operator.cookies["desk_zone"] = "America%2FNew_York"
    start_campaign(campaign=ours.campaign)
    pause_campaign(campaign=ours.campaign)
    press(operator, "move_stage", ours.target, stage="active")
    text = operator.get(page(CampaignTarget, "change", ours.target.pk)).content.decode()
    story = text.partition("What happened")[2]
    assert story.index("Moved from new to active") < story.index("Tuesday at ten suits me.")
    assert "Europe/Rome" in story
    assert "times here are America/New_York" in text


def test_the_decision_behind_a_call_is_told(operator: Client, ours: Furnished) -> None:
    hours = {"Europe/Rome": [{"days": [0], "start": "09:00", "end": "10:00"}], "Asia/Tokyo": "odd"}
    ours.attempt.decision = {"room": 3, "hours": hours, "worker": "w1"}
    ours.attempt.save()
    text = operator.get(page(CampaignTarget, "change", ours.target.pk)).content.decode()
    assert "Mon 09:00\N{EN DASH}10:00" in text
    assert "cannot be read" in text


def test_a_removed_persons_page_offers_to_bring_them_back(operator: Client, ours: Furnished) -> None:
    remove_target(target=ours.target)
    text = operator.get(page(CampaignTarget, "change", ours.target.pk)).content.decode()
    assert page(CampaignTarget, "bring_back", ours.target.pk) in text
    assert page(CampaignTarget, "call_back", ours.target.pk) not in text
