from __future__ import annotations

from rest_framework import serializers

from api.fields import Text, Whole
from api.umanize.fields import Changes, Name, Shape


class AgentIn(Shape):
    name = Name()
    external_id = Text(longest=255, required=False)
    language = Text(longest=16, required=False)
    timezone = Text(longest=64, required=False)
    opening_message = Text(required=False)


class AgentUpdate(Changes):
    name = Name(required=False)
    external_id = Text(longest=255, required=False)
    language = Text(longest=16, required=False)
    timezone = Text(longest=64, required=False)
    opening_message = Text(required=False)


class AgentOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    external_id = serializers.CharField()
    language = serializers.CharField()
    timezone = serializers.CharField()
    opening_message = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PhoneNumberIn(Shape):
    number = Text(longest=40)
    label: Text = Text(longest=255, required=False)  # type: ignore[assignment]  # a property, not of the class
    external_id = Text(longest=255, required=False)
    concurrency_limit = Whole(min_value=1, required=False)


class PhoneNumberUpdate(Changes):
    clearable = frozenset({"concurrency_limit"})

    number = Text(longest=40, required=False)
    label: Text = Text(longest=255, required=False)  # type: ignore[assignment]  # a property, not of the class
    external_id = Text(longest=255, required=False)
    concurrency_limit = Whole(min_value=1, required=False)


class PhoneNumberOut(Shape):
    id = serializers.UUIDField()
    number = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a property of the contract, not of the class
    external_id = serializers.CharField()
    concurrency_limit = serializers.IntegerField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WhatsAppChannelIn(Shape):
    name = Name()
    external_id = Text(longest=255, required=False)
    template_name = Text(longest=512, required=False)
    template_language = Text(longest=16, required=False)


class WhatsAppChannelUpdate(Changes):
    name = Name(required=False)
    external_id = Text(longest=255, required=False)
    template_name = Text(longest=512, required=False)
    template_language = Text(longest=16, required=False)


class WhatsAppChannelOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    external_id = serializers.CharField()
    template_name = serializers.CharField()
    template_language = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class EmailChannelIn(Shape):
    name = Name()
    from_address = Text(longest=254)
    reply_to = Text(longest=254, required=False)


class EmailChannelUpdate(Changes):
    name = Name(required=False)
    from_address = Text(longest=254, required=False)
    reply_to = Text(longest=254, required=False)


class EmailChannelOut(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    from_address = serializers.CharField()
    reply_to = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
