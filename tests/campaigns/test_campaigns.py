from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from campaigns.exceptions import CampaignClosed, CampaignNotFound, DuplicateExternalId, ForeignReference
from campaigns.goals import InvalidGoal
from campaigns.lifecycle import Status
from campaigns.models import ActivityEvent, Campaign, Configuration
from campaigns.services import create_campaign, restore_campaign, soft_delete_campaign, update_campaign
from lib import clock
from lib.errors import InvalidField
from organizations.models import AuditEvent, Organization
from organizations.services import Actor
from tests.factories import (
    AgentFactory,
    CampaignFactory,
    EmailChannelFactory,
    PhoneNumberFactory,
    UserFactory,
    WhatsAppChannelFactory,
)

pytestmark = pytest.mark.django_db

WRONG_VALUES: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", "   "),
    ("name", "x" * 256),
    ("name", None),
    ("priority", 101),
    ("priority", -1),
    ("priority", "high"),
    ("concurrency_limit", 0),
    ("goal_logic", "most"),
    ("first_contact_channel", "email"),
    ("whatsapp_after_attempts", 0),
    ("whatsapp_after_attempts", 2**40),
    ("external_id", "x" * 256),
    ("call_attempt_delays", 60),
    ("call_attempt_delays", [60, -1]),
    ("call_attempt_delays", [525_601]),
    ("call_attempt_delays", [True]),
    ("call_attempt_delays", [1.5]),
    ("call_attempt_delays", [1] * 21),
    ("retry_policy", []),
    ("retry_policy", {"bussy": {}}),
    ("retry_policy", {"busy": {"delays_minutes": [-1]}}),
    ("retry_policy", {"busy": {"then": "dance"}}),
    ("email_subject", "x" * 256),
    ("email_after_attempts", 0),
    ("failure_limit_percent", 101),
    ("working_hours", {"days": [0], "start": "09:00", "end": "19:00"}),
    ("working_hours", [{"days": [7], "start": "09:00", "end": "19:00"}]),
    ("working_hours", [{"days": [0], "start": "09:00", "end": "09:00"}]),
    ("working_hours", [{"start": "09:00", "end": "19:00"}]),
    ("working_hours", [None]),
]
REFERENCES = [
    ("agent", AgentFactory),
    ("phone_number", PhoneNumberFactory),
    ("whatsapp_channel", WhatsAppChannelFactory),
    ("email_channel", EmailChannelFactory),
    ("configuration", lambda organization: Configuration.objects.create(organization=organization, name="Shared")),
]


def make(organization: Organization, **fields: Any) -> Campaign:
    return create_campaign(organization=organization, owner=None, **{"name": "Spring", **fields})


def stored(campaign: Campaign) -> Campaign:
    return Campaign.all_objects.get(pk=campaign.pk)


def test_a_new_campaign_is_a_draft_with_four_stages(acme: Organization) -> None:
    owner = UserFactory()
    campaign = stored(create_campaign(organization=acme, owner=owner, name=" Spring "))
    assert (campaign.name, campaign.status, campaign.owner) == ("Spring", Status.DRAFT, owner)
    assert list(campaign.stages.values_list("position", "key", "semantic_type", "is_system")) == [
        (0, "new", "new", True),
        (1, "active", "active", True),
        (2, "won", "won", True),
        (3, "lost", "lost", True),
    ]


def test_a_campaign_keeps_what_it_is_told(acme: Organization) -> None:
    fields = {
        "external_id": "crm-7",
        "priority": 100,
        "goal": "An appointment",
        "goal_logic": "any",
        "goal_spec": {"objectives": [{"type": "ai", "min_score": 0.5}]},
        "call_attempt_delays": [0, 525_600],
        "working_hours": [{"days": [5, 6], "start": "10:00", "end": "24:00"}],
        "whatsapp_first_message": "Hello",
        "email_subject": "About the demo",
        "email_first_message": "Hello",
        "email_after_attempts": 2,
        "retry_policy": {"busy": {"delays_minutes": [5, 15], "then": "email"}},
    }
    campaign = stored(make(acme, **fields))
    assert {field: getattr(campaign, field) for field in fields} == fields


def test_without_a_word_about_it_the_policy_is_the_default(acme: Organization) -> None:
    campaign = stored(make(acme))
    assert campaign.call_attempt_delays == [60, 240, 1440]
    assert campaign.working_hours == [{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "19:00"}]


@pytest.mark.parametrize(("field", "value"), WRONG_VALUES)
def test_a_value_that_makes_no_sense_is_named_and_nothing_is_written(
    acme: Organization, field: str, value: object
) -> None:
    with pytest.raises(InvalidField) as refusal:
        make(acme, **{field: value})
    assert refusal.value.field == field
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(("field", "value"), WRONG_VALUES)
def test_no_update_gets_past_the_rules_of_creation(acme: Organization, field: str, value: object) -> None:
    campaign = make(acme)
    with pytest.raises(InvalidField):
        update_campaign(campaign=campaign, changes={field: value})
    assert getattr(stored(campaign), field) == getattr(campaign, field)


def test_a_goal_that_is_none_is_refused(acme: Organization) -> None:
    with pytest.raises(InvalidGoal):
        make(acme, goal_spec={"objectives": [{"type": "telepathy"}]})


def test_a_field_that_is_not_the_users_to_set_is_a_mistake_of_the_caller(acme: Organization) -> None:
    with pytest.raises(TypeError, match="status"):
        make(acme, status="running")
    with pytest.raises(TypeError, match="organization"):
        update_campaign(campaign=make(acme), changes={"organization": acme})


@pytest.mark.parametrize(("field", "factory"), REFERENCES)
def test_a_reference_is_a_row_or_its_id(acme: Organization, field: str, factory: Any) -> None:
    row = factory(organization=acme)
    assert getattr(make(acme, **{field: row}), field) == row
    assert getattr(make(acme, **{field: row.pk}), field) == row


@pytest.mark.parametrize(("field", "factory"), REFERENCES)
def test_what_belongs_to_another_organization_does_not_exist(
    acme: Organization, globex: Organization, field: str, factory: Any
) -> None:
    foreign = factory(organization=globex)
    campaign = make(acme)
    attempts: list[Callable[[], Campaign]] = [
        lambda: make(acme, **{field: foreign}),
        lambda: make(acme, **{field: foreign.pk}),
        lambda: update_campaign(campaign=campaign, changes={field: foreign.pk}),
    ]
    for attempt in attempts:
        with pytest.raises(ForeignReference) as refusal:
            attempt()
        assert refusal.value.field == field


@pytest.mark.parametrize(("field", "factory"), REFERENCES)
def test_what_is_deleted_can_stay_but_not_be_chosen(acme: Organization, field: str, factory: Any) -> None:
    row = factory(organization=acme)
    campaign = make(acme, **{field: row})
    type(row).objects.filter(pk=row.pk).soft_delete()
    assert update_campaign(campaign=campaign, changes={field: row.pk, "name": "Summer"}).name == "Summer"
    with pytest.raises(ForeignReference):
        make(acme, **{field: row.pk})
    assert getattr(update_campaign(campaign=campaign, changes={field: None}), field) is None


def test_an_external_id_is_one_campaigns_within_an_organization(acme: Organization, globex: Organization) -> None:
    make(acme, external_id="crm-7")
    make(globex, external_id="crm-7")
    other = make(acme)
    with pytest.raises(DuplicateExternalId):
        make(acme, external_id="crm-7")
    with pytest.raises(DuplicateExternalId):
        update_campaign(campaign=other, changes={"external_id": "crm-7"})


def test_an_empty_external_id_is_none_and_never_a_duplicate(acme: Organization) -> None:
    assert [make(acme, external_id="").external_id for _ in range(2)] == [None, None]


def test_an_update_changes_what_it_names_and_is_audited(acme: Organization) -> None:
    campaign, user = make(acme, priority=1), UserFactory()
    before = stored(campaign)
    update_campaign(
        campaign=campaign, changes={"priority": 7, "name": "Spring"}, actor=Actor(user=user, request_id="request-1")
    )
    after = stored(campaign)
    assert after.priority == 7
    assert after.updated_at > before.updated_at
    audit = AuditEvent.objects.get(action="campaign.updated")
    assert (audit.organization, audit.user, audit.object_id) == (acme, user, campaign.pk)
    assert audit.changes == {"priority": [1, 7]}
    activity = ActivityEvent.objects.get(kind="campaign.updated")
    assert (activity.campaign, activity.user, activity.data) == (campaign, user, {"priority": [1, 7]})


def test_an_update_that_changes_nothing_leaves_no_trace(acme: Organization) -> None:
    campaign = make(acme, goal_spec={"objectives": [{"type": "contact"}]})
    before = stored(campaign)
    update_campaign(campaign=campaign, changes={"name": "Spring", "goal_spec": {"objectives": [{"type": "contact"}]}})
    assert stored(campaign).updated_at == before.updated_at
    assert not AuditEvent.objects.filter(action="campaign.updated").exists()


def test_an_update_does_not_undo_what_happened_since_the_campaign_was_read(acme: Organization) -> None:
    stale = make(acme)
    update_campaign(campaign=stale, changes={"priority": 9})
    fresh = update_campaign(campaign=stale, changes={"name": "Summer"})
    assert (fresh.name, fresh.priority) == ("Summer", 9)


def test_a_closed_campaign_is_not_changed_any_more(acme: Organization) -> None:
    with pytest.raises(CampaignClosed):
        update_campaign(campaign=CampaignFactory(organization=acme, status=Status.CLOSED), changes={"name": "Summer"})


def test_a_deleted_campaign_is_hidden_and_comes_back_whole(acme: Organization) -> None:
    campaign = make(acme, goal="An appointment")
    soft_delete_campaign(campaign=campaign)
    assert not Campaign.objects.filter(pk=campaign.pk).exists()
    restored = restore_campaign(campaign=campaign)
    assert Campaign.objects.get(pk=campaign.pk).goal == restored.goal == "An appointment"
    assert list(restored.stages.values_list("key", flat=True)) == ["new", "active", "won", "lost"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.RUNNING, Status.PAUSED),
        (Status.SCHEDULED, Status.DRAFT),
        (Status.PAUSED, Status.PAUSED),
        (Status.DRAFT, Status.DRAFT),
        (Status.COMPLETED, Status.COMPLETED),
        (Status.CLOSED, Status.CLOSED),
    ],
)
def test_a_campaign_that_comes_back_contacts_nobody_by_itself(
    acme: Organization, before: Status, after: Status
) -> None:
    campaign = CampaignFactory(organization=acme, status=before, start_at=clock.now())
    soft_delete_campaign(campaign=campaign)
    restored = restore_campaign(campaign=campaign)
    assert (restored.status, restored.start_at) == (after, None)


def test_a_campaign_cannot_come_back_where_its_external_id_is_taken(acme: Organization) -> None:
    campaign = make(acme, external_id="crm-7")
    soft_delete_campaign(campaign=campaign)
    make(acme, external_id="crm-7")
    with pytest.raises(DuplicateExternalId):
        restore_campaign(campaign=campaign)
    assert stored(campaign).is_deleted


def test_what_is_deleted_cannot_be_deleted_or_changed_and_what_is_there_not_restored(acme: Organization) -> None:
    campaign = make(acme)
    with pytest.raises(CampaignNotFound):
        restore_campaign(campaign=campaign)
    soft_delete_campaign(campaign=campaign)
    with pytest.raises(CampaignNotFound):
        soft_delete_campaign(campaign=campaign)
    with pytest.raises(CampaignNotFound):
        update_campaign(campaign=campaign, changes={"name": "Summer"})
