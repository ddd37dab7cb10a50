"""Every number of the home page against the list its link opens, with rows of every kind one might count wrongly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign
from campaigns.services import pause_campaign, soft_delete_campaign, start_campaign
from customers.models import ImportJob
from lib import clock
from organizations.models import Organization, Role
from targets.lifecycle import AttemptState
from targets.models import Attempt, CampaignTarget
from targets.removal import remove_target
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import page
from tests.admin.world import Furnished, member

FLAGS = ("callback_requested", "escalation_required", "follow_up_required")


def attempt_of(target: CampaignTarget, **fields: Any) -> Attempt:
    known = {"provider_id": f"{target.pk}-{fields.get('number', 1)}"} if fields.get("state") == "completed" else {}
    made: Attempt = factories.AttemptFactory(target=target, **known, **fields)
    return made


def calls(campaign: Campaign) -> None:
    """Make a call of every state and outcome today, and one of each yesterday."""
    now = clock.now()
    ended = {"state": "completed", "submit_started_at": now, "ended_at": now}
    kinds: list[dict[str, Any]] = [
        *({**ended, "outcome": outcome} for outcome in ("answered", "busy", "voicemail")),
        {"state": AttemptState.RELEASED},
        {"state": AttemptState.REJECTED, "submit_started_at": now},
        {"state": AttemptState.NOT_PLACED, "submit_started_at": now},
        {"state": AttemptState.UNKNOWN, "submit_started_at": now},
        {"state": AttemptState.FAILED, "submit_started_at": now},
        {"state": AttemptState.RESERVED},
        {**ended, "channel": "whatsapp"},
    ]
    for kind in kinds:
        for reserved_at in (now, now - timedelta(days=2)):
            sent = {"submit_started_at": reserved_at} if "submit_started_at" in kind else {}
            target = factories.TargetFactory(campaign=campaign, goal_met_at=now)
            attempt_of(target, **{**kind, **sent}, reserved_at=reserved_at)


def people(campaign: Campaign) -> None:
    """Put people who need somebody into a campaign, one of them taken out of it again, and met goals of all times."""
    now = clock.now()
    for flag in FLAGS:
        factories.TargetFactory(campaign=campaign, **{flag: True})
        remove_target(target=factories.TargetFactory(campaign=campaign, **{flag: True}))
    factories.TargetFactory(campaign=campaign, goal_met_at=now)  # met today by nobody's call
    for met_at in (now, now - timedelta(days=2)):
        target = factories.TargetFactory(campaign=campaign, goal_met_at=met_at)
        attempt_of(target, state="completed", outcome="answered", reserved_at=now, submit_started_at=now)
        attempt_of(target, state="completed", outcome="busy", number=2, reserved_at=now, submit_started_at=now)
    remove_target(target=target)
    gone = factories.TargetFactory(campaign=campaign, goal_met_at=now)
    attempt_of(gone, state="completed", outcome="answered", reserved_at=now, submit_started_at=now)
    remove_target(target=gone)


def imports(organization: Organization) -> None:
    for days in (0, 5, 6, 8, 30):
        ImportJob.objects.create(
            organization=organization,
            filename="people.csv",
            state=ImportJob.State.FAILED,
            created_at=clock.now() - timedelta(days=days, hours=1),
        )


@pytest.fixture
def busy(ours: Furnished, theirs: Furnished) -> Furnished:
    """Fill both organizations with rows of every kind."""
    for world in (ours, theirs):
        start_campaign(campaign=world.campaign)
        calls(world.campaign)
        people(world.campaign)
        imports(world.organization)
        failed = factories.CampaignFactory(organization=world.organization)
        people(failed)
        Campaign.objects.filter(pk=failed.pk).update(status="running")
        pause_campaign(campaign=failed, reason="11 of the latest 20 attempts failed")
        deleted = factories.CampaignFactory(organization=world.organization)
        people(deleted)
        calls(deleted)
        soft_delete_campaign(campaign=deleted)
    return ours


def listed(client: Client, address: str) -> int:
    response = client.get(address)
    assert response.status_code == 200, address
    count: int = response.context["cl"].result_count
    return count


@pytest.mark.parametrize("zone", ["Europe/Rome", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_every_number_is_the_length_of_the_list_it_links_to(zone: str, login: Login, busy: Furnished) -> None:
    client = login(member(busy.organization, Role.VIEWER))
    client.cookies["desk_zone"] = zone.replace("/", "%2F")
    [card] = client.get("/admin/").context["cards"]
    numbers = {
        "live": card.live_calls,
        "dialed": card.today.dialed,
        "answered": card.today.answered,
        "met": card.today.goals_met,
        "running": card.running,
    }
    assert set(numbers) == set(card.links)
    assert {name: listed(client, address) for name, address in card.links.items()} == numbers
    assert {need.words: listed(client, need.link) for need in card.needs} == {n.words: n.count for n in card.needs}
    assert len(card.needs) == 6
    assert all(numbers.values())


def test_a_superuser_sees_the_same_for_each_organization(root: Client, busy: Furnished) -> None:
    for card in root.get("/admin/").context["cards"]:
        assert listed(root, card.links["dialed"]) == card.today.dialed > 0
        assert listed(root, card.links["met"]) == card.today.goals_met > 0
        for need in card.needs:
            assert listed(root, need.link) == need.count


def test_a_list_without_rows_says_so(login: Login, globex: Organization) -> None:
    client = login(member(globex, Role.VIEWER))
    [card] = client.get("/admin/").context["cards"]
    for address in card.links.values():
        assert listed(client, address) == 0
        text = client.get(address).content.decode()
        assert "matches</h2>" in text
        assert "Show the list without filters" in text
    bare = client.get(page(CampaignTarget, "changelist")).content.decode()
    assert "No targets yet" in bare
    assert "People come in when a file is imported into a campaign" in bare
    assert "Add target" not in bare
