from __future__ import annotations

from rest_framework import serializers

from api.umanize.fields import Shape


class AgentOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    external_id = serializers.CharField()
    language = serializers.CharField()
    timezone = serializers.CharField()
    opening_message = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PhoneNumberOut(Shape):
    id = serializers.UUIDField()
    number = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a property of the contract, not of the class
    external_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WhatsAppChannelOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    external_id = serializers.CharField()
    template_name = serializers.CharField()
    template_language = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
