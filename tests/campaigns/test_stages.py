from __future__ import annotations

from typing import Any

import pytest

from campaigns.exceptions import CampaignClosed, DuplicateStage, StageNotFound, TooManyStages
from campaigns.models import ActivityEvent, Campaign, Stage
from campaigns.services import create_stage, update_stage
from campaigns.services.stages import MOST_STAGES
from lib.errors import InvalidField
from organizations.models import AuditEvent, Organization
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme)
    return made


def test_a_new_stage_comes_last_under_a_key_made_of_its_name(campaign: Campaign) -> None:
    stage = create_stage(campaign=campaign, name=" Call back ", semantic_type="active", color="#00ff00")
    assert (stage.key, stage.name, stage.position, stage.is_system) == ("call-back", "Call back", 4, False)
    assert AuditEvent.objects.filter(action="stage.created").exists()
    assert ActivityEvent.objects.get(kind="stage.created").data == {"stage": [None, "call-back"]}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"key": "Up Per"}, "key"),
        ({"semantic_type": "maybe"}, "semantic_type"),
        ({"position": 40_000}, "position"),
        ({"color": "x" * 33}, "color"),
    ],
)
def test_a_wrong_value_is_named(campaign: Campaign, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        create_stage(campaign=campaign, **{"name": "Talking", "semantic_type": "active", **fields})
    assert refused.value.field == field
    assert campaign.stages.count() == 4


def test_a_name_no_key_can_be_made_of_gets_a_number(campaign: Campaign) -> None:
    assert create_stage(campaign=campaign, name="電話", semantic_type="active").key == "stage-5"


def test_a_key_is_unique_in_its_campaign(campaign: Campaign) -> None:
    with pytest.raises(DuplicateStage):
        create_stage(campaign=campaign, name="New", semantic_type="new")
    assert create_stage(campaign=CampaignFactory(organization=campaign.organization), name="A", semantic_type="new")


def test_a_board_has_a_last_column(campaign: Campaign) -> None:
    for number in range(MOST_STAGES - 4):
        create_stage(campaign=campaign, name=f"Stage {number}", semantic_type="active")
    with pytest.raises(TooManyStages):
        create_stage(campaign=campaign, name="One more", semantic_type="active")


def test_a_stage_can_be_renamed_moved_and_given_another_meaning(campaign: Campaign) -> None:
    stage = create_stage(campaign=campaign, name="Talking", semantic_type="active")
    changed = update_stage(stage=stage, changes={"name": "Agreed", "position": 1, "semantic_type": "won"})
    assert (changed.key, changed.name, changed.position, changed.semantic_type) == ("talking", "Agreed", 1, "won")


def test_a_system_stage_keeps_its_meaning_and_takes_a_new_name(campaign: Campaign) -> None:
    stage = campaign.stages.get(key="won")
    assert update_stage(stage=stage, changes={"name": "Sold"}).name == "Sold"
    with pytest.raises(InvalidField):
        update_stage(stage=stage, changes={"semantic_type": "lost"})


def test_a_stage_that_is_gone_is_not_found(campaign: Campaign) -> None:
    stage = create_stage(campaign=campaign, name="Talking", semantic_type="active")
    Stage.objects.filter(pk=stage.pk).delete()
    with pytest.raises(StageNotFound):
        update_stage(stage=stage, changes={"name": "x"})


def test_the_board_of_a_closed_campaign_stays_as_it_is(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(status="closed")
    with pytest.raises(CampaignClosed):
        create_stage(campaign=campaign, name="Talking", semantic_type="active")
