"""Campaigns in the words of the dialect."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.anyreach.fields import ExternalId, Name, Shape, Word
from api.anyreach.serializers.contacts import ContactIn
from api.anyreach.words import CAMPAIGN_STATUSES, STATUS_WORDS
from api.fields import Id, Number, Whole

MOST_INLINE = 5000


class CampaignCreate(Shape):
    """A campaign to be. Sources are the arguments of the campaigns' service, but for the contacts."""

    name = Name()
    configuration_id = Id(source="configuration")
    external_id = ExternalId()
    priority = Whole(min_value=0, max_value=100, required=False)
    contacts = serializers.ListField(child=ContactIn(), max_length=MOST_INLINE, required=False)


class CampaignUpdate(Shape):
    name = Name(required=False)
    configuration_id = Id(source="configuration", required=False)
    external_id = ExternalId()
    priority = Whole(min_value=0, max_value=100, required=False)
    contacts = serializers.ListField(child=ContactIn(), max_length=MOST_INLINE, required=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "status" in data:
            raise ValidationError({"status": ["It moves only through start, pause and close."]})
        return super().to_internal_value(data)


class StatusField(Word):
    """A campaign's status: the domain's word inside, the dialect's outside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(CAMPAIGN_STATUSES, **kwargs)

    def to_representation(self, value: Any) -> str:
        return STATUS_WORDS[value]


class Campaign(Shape):
    id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    external_id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    status = StatusField()
    priority = serializers.IntegerField()
    configuration_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CampaignList(Shape):
    campaigns = Campaign(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ContactCounts(Shape):
    total = serializers.IntegerField()
    pending = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    completed = serializers.IntegerField()
    exhausted = serializers.IntegerField()


class AttemptCounts(Shape):
    total = serializers.IntegerField()
    average_per_contact = Number()


class CampaignStats(Shape):
    campaign_id = serializers.UUIDField()
    status = StatusField()
    contacts = ContactCounts()
    attempts = AttemptCounts()
    active_calls = serializers.IntegerField()
    concurrency_limit = serializers.IntegerField()
