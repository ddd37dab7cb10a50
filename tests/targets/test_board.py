from __future__ import annotations

import pytest

from campaigns.exceptions import StageNotFound, SystemStage
from campaigns.models import ActivityEvent, Campaign
from campaigns.services import create_stage, update_campaign
from lib import clock
from lib.errors import InvalidField
from organizations.models import AuditEvent, Organization
from targets.board import delete_stage, set_stage
from tests.factories import CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme)
    return made


def test_a_stage_set_by_hand_stands_until_the_target_is_judged_again(campaign: Campaign) -> None:
    target = TargetFactory(campaign=campaign)
    assert set_stage(target=target, key="won").stage == "won"
    target.refresh_from_db()
    assert (target.stage, target.state) == ("won", "ready")
    assert AuditEvent.objects.get(action="target.staged").changes == {"stage": ["new", "won"]}
    assert ActivityEvent.objects.get(kind="target.staged").target_id == target.pk
    update_campaign(campaign=campaign, changes={"goal_spec": {"objectives": [{"type": "email"}]}})
    target.refresh_from_db()
    assert target.stage == "new"


def test_a_key_of_another_campaign_is_refused(campaign: Campaign) -> None:
    create_stage(campaign=CampaignFactory(organization=campaign.organization), name="Talking", semantic_type="active")
    with pytest.raises(InvalidField) as refused:
        set_stage(target=TargetFactory(campaign=campaign), key="talking")
    assert refused.value.field == "stage"


def test_the_same_stage_again_leaves_no_trace(campaign: Campaign) -> None:
    set_stage(target=TargetFactory(campaign=campaign), key="new")
    assert not AuditEvent.objects.filter(action="target.staged").exists()


def test_who_stands_in_a_deleted_stage_goes_where_the_goal_puts_them(campaign: Campaign) -> None:
    stage = create_stage(campaign=campaign, name="Talking", semantic_type="active")
    contacted = TargetFactory(campaign=campaign, stage="talking", last_contacted_at=clock.now())
    waiting = TargetFactory(campaign=campaign, stage="talking")
    by_hand = TargetFactory(campaign=campaign, stage="lost")
    delete_stage(stage=stage)
    for target, expected in ((contacted, "active"), (waiting, "new"), (by_hand, "lost")):
        target.refresh_from_db()
        assert target.stage == expected
    with pytest.raises(StageNotFound):
        delete_stage(stage=stage)


def test_a_system_stage_stays(campaign: Campaign) -> None:
    with pytest.raises(SystemStage):
        delete_stage(stage=campaign.stages.get(key="won"))
