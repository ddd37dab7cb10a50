"""Campaigns in the words of the dialect."""

from __future__ import annotations

from collections.abc import Mapping

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.agentalk.fields import Moment, Shape, Text, Whole, Word
from api.fields import LARGEST_INTEGER, Id
from campaigns.lifecycle import Status

STATUS_WORDS: Mapping[str, str] = {
    Status.DRAFT: "draft",
    Status.SCHEDULED: "draft",
    Status.RUNNING: "active",
    Status.PAUSED: "paused",
    Status.COMPLETED: "completed",
    Status.CLOSED: "stopped",
}
# {the dialect's word: the domain's statuses}, in the order the contract lists them
DOMAIN_STATUSES: Mapping[str, tuple[str, ...]] = {
    word: tuple(status for status, its_word in STATUS_WORDS.items() if its_word == word)
    for word in ("active", "paused", "stopped", "completed", "draft")
}
LONGEST_CONTACT_ID = 255
MOST_CONTACTS = 1000


class CampaignCreate(Shape):
    """A campaign to be. Sources are the arguments of the campaigns' service."""

    name = Text(max_length=255)
    agent_id = Id(source="agent", required=False)
    phone_number_id = Id(source="phone_number", required=False)
    goal = Text(required=False)
    opening_message = Text(source="call_opening_message", required=False)
    retry_delays = serializers.ListField(
        source="call_attempt_delays", child=Whole(min_value=0, max_value=LARGEST_INTEGER), required=False
    )

    def validate_name(self, value: str) -> str:
        if not value.strip():
            raise ValidationError("This field may not be blank.", code="blank")
        return value


class CampaignOut(Shape):
    """A campaign; how many contacts it has is attached by the view as `contact_count`."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    status = Word(list(DOMAIN_STATUSES), words=STATUS_WORDS)
    start_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    contact_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class StartRequest(Shape):
    start_at = Moment(source="at", required=False, allow_null=True)


class AddContactsRequest(Shape):
    contact_ids = serializers.ListField(child=Text(max_length=LONGEST_CONTACT_ID), max_length=MOST_CONTACTS)
