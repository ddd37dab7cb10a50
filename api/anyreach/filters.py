"""What a list can be asked for: the query parameters of each list."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from api.anyreach.fields import Shape, Word
from api.anyreach.words import CAMPAIGN_STATUSES, CONTACT_STATUSES
from api.fields import LARGEST_INTEGER, Text, at_most


class Parameters(Shape):
    """The parameters of a list."""

    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)

    @classmethod
    def sent(cls, query: QueryDict) -> dict[str, Any]:
        """Return what a query says: of a repeated parameter the last value, or all where the list takes several."""
        fields = cls().fields
        return {
            name: query.getlist(name) if isinstance(fields.get(name), serializers.ListField) else query[name]
            for name in query
        }


class CampaignParameters(Parameters):
    cursor = Text(longest=200, required=False)
    name = Text(longest=255, required=False)
    status = serializers.ListField(child=Word(CAMPAIGN_STATUSES), required=False)


class ContactParameters(Parameters):
    offset = serializers.IntegerField(min_value=0, default=0, validators=[at_most(LARGEST_INTEGER)])
    status = Word(CONTACT_STATUSES, required=False)
