from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Id, Text
from api.umanize.fields import Changes, Shape


@extend_schema_field({"type": "string", "format": "email"})
class Email(Text):
    """An email address; the customers' service says whether it is one."""


class CustomerIn(Shape):
    customer_id = Text(max_length=255, required=False)
    name = Text(max_length=255, required=False)
    surname = Text(max_length=255, required=False)
    email = Email(longest=254, allow_blank=False, required=False)
    phone = Text(max_length=50, required=False)
    status = Text(max_length=50, required=False)
    agent_id = Id(required=False)


class CustomerUpdate(Changes):
    """What of a customer is to be changed; null empties a property."""

    clearable = frozenset({"customer_id", "name", "surname", "email", "phone", "status", "agent_id"})

    customer_id = Text(max_length=255, required=False)
    name = Text(max_length=255, required=False)
    surname = Text(max_length=255, required=False)
    email = Email(longest=254, allow_blank=False, required=False)
    phone = Text(max_length=50, required=False)
    status = Text(max_length=50, required=False)
    agent_id = Id(required=False)


class CustomerOut(Shape):
    customer_id = serializers.CharField(max_length=255, required=False)
    name = serializers.CharField(max_length=255, required=False)
    surname = serializers.CharField(max_length=255, required=False)
    email = serializers.EmailField(required=False)
    phone = serializers.CharField(max_length=50, required=False)
    status = serializers.CharField(max_length=50, required=False)
    id = serializers.UUIDField()
    agent_id = serializers.UUIDField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
