from __future__ import annotations

from rest_framework import serializers

from api.fields import AnyObject, Number
from api.umanize.fields import Shape, Word
from api.umanize.serializers.campaigns import STATUS_WORDS, STATUSES, CampaignMetricsOut
from campaigns.models import Stage


class FunnelOut(Shape):
    """How many contacts came how far."""

    contacts = serializers.IntegerField()
    contacted = serializers.IntegerField()
    succeeded = serializers.IntegerField()


class StageCountOut(Shape):
    key = serializers.CharField()
    name = serializers.CharField()
    semantic_type = Word(Stage.Semantic.values)
    contacts = serializers.IntegerField()


class CampaignAnalyticsOut(Shape):
    """A campaign's numbers as its counters say, at the same cost for any number of contacts."""

    campaign_id = serializers.UUIDField(source="id")
    status = Word(STATUSES, words=STATUS_WORDS)
    progress = Number(source="numbers.progress")
    metrics = CampaignMetricsOut()
    funnel = FunnelOut()
    stages = StageCountOut(source="stage_counts", many=True)
    labels = serializers.DictField(child=serializers.IntegerField())
    call_outcomes = serializers.DictField(child=serializers.IntegerField())
    ended_because = serializers.DictField(child=serializers.IntegerField())


class ActivityOut(Shape):
    """A line of a campaign's timeline. `data` holds what changed as ``{field: [before, after]}``."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    target_id = serializers.UUIDField(required=False)
    user_id = serializers.UUIDField(required=False)
    data = AnyObject(required=False)  # type: ignore[assignment]  # a property of the answer, not of the class
    created_at = serializers.DateTimeField(source="at")
