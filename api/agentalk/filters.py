"""What lists can be asked for: their query parameters."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.agentalk.fields import Text
from api.agentalk.serializers.campaigns import DOMAIN_STATUSES
from api.fields import LARGEST_INTEGER

LARGEST_PAGE = 200
LARGEST_PAGE_SIZE = 100


class ListParameters(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=50)
    offset = serializers.IntegerField(min_value=0, max_value=LARGEST_INTEGER, default=0)


class CampaignParameters(ListParameters):
    status = serializers.ChoiceField(choices=list(DOMAIN_STATUSES), required=False)


class ContactParameters(ListParameters):
    q = Text(max_length=255, required=False)


class PageParameters(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, max_value=LARGEST_INTEGER, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE_SIZE, default=LARGEST_PAGE_SIZE)
