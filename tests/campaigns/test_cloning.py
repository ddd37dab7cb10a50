from __future__ import annotations

import pytest

from campaigns.exceptions import CampaignNotFound
from campaigns.lifecycle import Status
from campaigns.models import ActivityEvent, Campaign
from campaigns.services import clone_campaign, create_stage, soft_delete_campaign
from campaigns.services.campaigns import REFERENCES, SETTINGS
from lib import clock
from organizations.models import Agent, AuditEvent, Organization
from tests import factories


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = factories.CampaignFactory(
        organization=acme,
        name="Spring",
        external_id="spring-1",
        status=Status.RUNNING,
        priority=7,
        call_attempt_delays=[5, 10],
        retry_policy={"busy": {"maximum": 1}},
        failure_limit_percent=None,
    )
    return made


def test_a_clone_has_every_setting_but_its_name_and_external_id(campaign: Campaign) -> None:
    clone = clone_campaign(campaign=campaign)
    columns = (SETTINGS | {f"{name}_id" for name in REFERENCES}) - {"name", "external_id"}
    assert {name: getattr(clone, name) for name in columns} == {name: getattr(campaign, name) for name in columns}
    assert (clone.name, clone.external_id, clone.status) == ("Copy of Spring", None, Status.DRAFT)
    assert clone.organization == campaign.organization


def test_a_clone_has_the_same_board_and_nobody_on_it(campaign: Campaign) -> None:
    factories.TargetFactory(campaign=campaign)
    create_stage(campaign=campaign, name="Called twice", semantic_type="active")
    campaign.stages.filter(key="won").update(name="Booked", color="green")
    clone = clone_campaign(campaign=campaign, name="Autumn")
    columns = ("key", "name", "position", "semantic_type", "color", "is_system")
    assert list(clone.stages.values_list(*columns)) == list(campaign.stages.values_list(*columns))
    assert clone.targets.count() == 0


def test_what_was_deleted_meanwhile_is_left_out(campaign: Campaign) -> None:
    Agent.objects.filter(pk=campaign.agent_id).update(deleted_at=clock.now())
    clone = clone_campaign(campaign=campaign)
    assert clone.agent is None
    assert clone.phone_number == campaign.phone_number


def test_a_clone_of_a_long_name_fits(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(name="x" * 255)
    assert len(clone_campaign(campaign=campaign).name) == 255


def test_a_clone_is_told_in_both_logs(campaign: Campaign) -> None:
    clone = clone_campaign(campaign=campaign)
    [event] = AuditEvent.objects.filter(object_id=clone.pk, action="campaign.cloned")
    assert event.changes == {"source": [None, str(campaign.pk)]}
    assert ActivityEvent.objects.filter(campaign=clone, kind="campaign.cloned").exists()


def test_a_deleted_campaign_is_not_cloned(campaign: Campaign) -> None:
    soft_delete_campaign(campaign=campaign)
    with pytest.raises(CampaignNotFound):
        clone_campaign(campaign=campaign)
