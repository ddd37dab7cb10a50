"""Campaigns in the words of the dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.fields import Id, Number, Text, Whole
from api.umanize.fields import Changes, Name, Shape, WallTime, Word
from campaigns.lifecycle import Status
from campaigns.models import Campaign, Stage
from lib.windows import Window

STATUS_WORDS: Mapping[str, str] = {
    Status.DRAFT: "draft",
    Status.SCHEDULED: "draft",
    Status.RUNNING: "running",
    Status.PAUSED: "paused",
    Status.COMPLETED: "done",
    Status.CLOSED: "done",
}
STATUSES = ["draft", "running", "paused", "done"]
LARGEST_SMALL_INTEGER = 2**15 - 1
MOST_DELAYS = 20
WORKDAYS = [0, 1, 2, 3, 4]
NOBODY = UUID(int=0)
NEVER = {"days": [], "start": "00:00", "end": "24:00"}


@extend_schema_field({"$ref": "#/components/schemas/CampaignGoalSpec"})
class GoalSpec(serializers.DictField):
    """What counts as success; the campaigns' service says whether it makes sense."""

    def to_representation(self, value: Mapping[str, Any]) -> dict[str, Any]:
        objectives = [
            {k: v for k, v in objective.items() if v is not None} for objective in value.get("objectives", [])
        ]
        return {"objectives": objectives}


class CampaignCallWindow(Shape):
    """The hours of contact, on each person's own clock. ``end`` 00:00:00 is the end of the day; no weekdays: never.

    The domain knows lists of windows. One that was made elsewhere with several shows its first here.
    """

    start = WallTime(default=time(9))
    end = WallTime(default=time(19))
    weekdays = serializers.ListField(child=Whole(), required=False)

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        values = super().to_internal_value(data)
        try:
            window = Window(frozenset(values.get("weekdays", WORKDAYS)), values["start"], values["end"])
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return [window.to_json()]

    def to_representation(self, instance: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        window = Window.from_json(dict(instance[0] if instance else NEVER))
        return {"start": window.start.isoformat(), "end": window.end.isoformat(), "weekdays": sorted(window.days)}


class CampaignStageOut(Shape):
    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    semantic_type = Word(Stage.Semantic.values)
    color = serializers.CharField(required=False)
    is_system = serializers.BooleanField(default=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CampaignCreate(Shape):
    """A campaign to be. Sources are the arguments of the campaigns' service."""

    name = Name()
    agent_id = Id(source="agent")
    phone_number_id = Id(source="phone_number")
    email_channel_id = Id(source="email_channel", required=False)
    whatsapp_channel_id = Id(source="whatsapp_channel", required=False)
    goal = Text(required=False)
    goal_spec = GoalSpec(required=False)
    goal_logic = Word(Campaign.GoalLogic.values, default="all")
    first_contact_channel = Word(Campaign.Channel.values, default="call")
    call_opening_message = Text(required=False)
    whatsapp_first_message = Text(required=False)
    whatsapp_after_attempts = Whole(min_value=1, largest=LARGEST_SMALL_INTEGER, default=3)
    call_attempt_delays = serializers.ListField(child=Whole(), required=False)
    call_working_hours = CampaignCallWindow(source="working_hours", required=False)
    status = Word(STATUSES, required=False)


class CampaignUpdate(Changes):
    """What of a campaign is to be changed; what is not named stays as it is."""

    clearable = frozenset(
        {
            "phone_number_id",
            "email_channel_id",
            "whatsapp_channel_id",
            "goal",
            "call_opening_message",
            "whatsapp_first_message",
        }
    )

    name = Name(required=False)
    agent_id = Id(source="agent", required=False)
    phone_number_id = Id(source="phone_number", required=False)
    email_channel_id = Id(source="email_channel", required=False)
    whatsapp_channel_id = Id(source="whatsapp_channel", required=False)
    goal = Text(required=False)
    goal_spec = GoalSpec(required=False)
    goal_logic = Word(Campaign.GoalLogic.values, required=False)
    status = Word(STATUSES, required=False)
    first_contact_channel = Word(Campaign.Channel.values, required=False)
    call_opening_message = Text(required=False)
    whatsapp_first_message = Text(required=False)
    whatsapp_after_attempts = Whole(min_value=1, largest=LARGEST_SMALL_INTEGER, required=False)
    call_attempt_delays = serializers.ListField(child=Whole(), required=False)
    call_working_hours = CampaignCallWindow(source="working_hours", required=False)


class CampaignGoalUpdate(Shape):
    goal_spec = GoalSpec(required=False)
    goal_logic = Word(Campaign.GoalLogic.values, required=False)


class AgentId(serializers.UUIDField):
    """The agent of a campaign. The contract has one in every campaign: where nobody speaks yet, it is the nil UUID."""

    def get_attribute(self, instance: Campaign) -> UUID:
        return instance.agent_id or NOBODY


class CampaignOut(Shape):
    name = serializers.CharField()
    agent_id = AgentId()
    phone_number_id = serializers.UUIDField(required=False)
    email_channel_id = serializers.UUIDField(required=False)
    whatsapp_channel_id = serializers.UUIDField(required=False)
    goal = serializers.CharField(required=False)
    goal_spec = GoalSpec(required=False)
    goal_logic = Word(Campaign.GoalLogic.values, default="all")
    first_contact_channel = Word(Campaign.Channel.values, default="call")
    call_opening_message = serializers.CharField(required=False)
    whatsapp_first_message = serializers.CharField(required=False)
    whatsapp_after_attempts = serializers.IntegerField(min_value=1, default=3)
    call_attempt_delays = serializers.ListField(child=serializers.IntegerField(), required=False)
    call_working_hours = CampaignCallWindow(source="working_hours", required=False)
    id = serializers.UUIDField()
    status = Word(STATUSES, words=STATUS_WORDS)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CampaignListItemOut(Shape):
    """A campaign with its progress, which the view attaches as `numbers`, and its stages as `shown_stages`."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    status = Word(STATUSES, words=STATUS_WORDS)
    agent_id = AgentId()
    agent_name = serializers.CharField(source="agent.name", required=False)
    phone_number_id = serializers.UUIDField(required=False)
    phone_number = serializers.CharField(source="phone_number.number", required=False)
    whatsapp_channel_id = serializers.UUIDField(required=False)
    goal = serializers.CharField(required=False)
    goal_spec = GoalSpec(required=False)
    first_contact_channel = Word(Campaign.Channel.values)
    call_opening_message = serializers.CharField(required=False)
    whatsapp_first_message = serializers.CharField(required=False)
    whatsapp_after_attempts = serializers.IntegerField()
    call_attempt_delays = serializers.ListField(child=serializers.IntegerField(), required=False)
    call_working_hours = CampaignCallWindow(source="working_hours", required=False)
    contacts_total = serializers.IntegerField(source="numbers.contacts_total", default=0)
    contacts_contacted = serializers.IntegerField(source="numbers.contacts_contacted", default=0)
    contacts_remaining = serializers.IntegerField(source="numbers.contacts_remaining", default=0)
    contacts_to_recall = serializers.IntegerField(source="numbers.contacts_to_recall", default=0)
    contacts_failed = serializers.IntegerField(source="numbers.contacts_failed", default=0)
    contacts_succeeded = serializers.IntegerField(source="numbers.contacts_succeeded", default=0)
    progress = Number(source="numbers.progress", default=0)
    stages = CampaignStageOut(source="shown_stages", many=True, required=False)


class CampaignReadinessCheckOut(Shape):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a property of the contract, not of the class
    status = Word(["ready", "missing", "warning"], default="ready")
    detail = serializers.CharField()
    action = serializers.CharField(required=False)


class CampaignReadinessOut(Shape):
    can_start = serializers.BooleanField(default=False)
    ready_count = serializers.IntegerField(default=0)
    total_count = serializers.IntegerField(default=0)
    checks = CampaignReadinessCheckOut(many=True, required=False)


class CampaignMetricsOut(Shape):
    contacts_total = serializers.IntegerField(default=0)
    contacts_contacted = serializers.IntegerField(default=0)
    contacts_not_contacted = serializers.IntegerField(default=0)
    contacts_remaining = serializers.IntegerField(default=0)
    contacts_to_recall = serializers.IntegerField(default=0)
    contacts_failed = serializers.IntegerField(default=0)
    contacts_succeeded = serializers.IntegerField(default=0)
    appointments_booked = serializers.IntegerField(default=0)
    appointments_upcoming = serializers.IntegerField(default=0)
    calls_total = serializers.IntegerField(default=0)
    calls_pending = serializers.IntegerField(default=0)
    calls_in_progress = serializers.IntegerField(default=0)
    calls_answered = serializers.IntegerField(default=0)
    calls_busy = serializers.IntegerField(default=0)
    calls_no_answer = serializers.IntegerField(default=0)
    calls_voicemail = serializers.IntegerField(default=0)
    calls_failed = serializers.IntegerField(default=0)
    next_call_at = serializers.DateTimeField(required=False)
    active_work_items = serializers.IntegerField(default=0)
    outbox_pending_total = serializers.IntegerField(default=0)
    whatsapp_pending = serializers.IntegerField(default=0)
    email_pending = serializers.IntegerField(default=0)
    action_required_total = serializers.IntegerField(default=0)
    follow_up_required_total = serializers.IntegerField(default=0)
    callback_requested_total = serializers.IntegerField(default=0)
    escalation_required_total = serializers.IntegerField(default=0)
    campaign_goal_missed_total = serializers.IntegerField(default=0)
    negative_sentiment_total = serializers.IntegerField(default=0)
    whatsapp_sent_total = serializers.IntegerField(default=0)
    email_sent_total = serializers.IntegerField(default=0)
    contact_rate = Number(default=0)
    success_rate = Number(default=0)
    appointment_rate = Number(default=0)


class CampaignDetailOut(CampaignOut):
    """A campaign with everything about it, which the view attaches."""

    targets_total = serializers.IntegerField(source="metrics.contacts_total", default=0)
    targets_contacted = serializers.IntegerField(source="metrics.contacts_contacted", default=0)
    targets_succeeded = serializers.IntegerField(source="metrics.contacts_succeeded", default=0)
    progress = Number(source="numbers.progress", default=0)
    metrics = CampaignMetricsOut(required=False)
    readiness = CampaignReadinessOut(required=False)
    stages = CampaignStageOut(source="shown_stages", many=True, required=False)
