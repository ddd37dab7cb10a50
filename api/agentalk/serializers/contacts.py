"""Contacts, which the domain calls customers, in the words of the dialect."""

from __future__ import annotations

from rest_framework import serializers

from api.agentalk.fields import AnyObject, Shape, Text


class ContactIn(Shape):
    """A contact as a client writes one down. Sources are the customers' fields; their service says what is one."""

    phone = Text(max_length=50, allow_blank=False)
    first_name = Text(source="name", max_length=255, required=False, allow_null=True)
    last_name = Text(source="surname", max_length=255, required=False, allow_null=True)
    email = Text(max_length=254, required=False, allow_null=True)
    tags = serializers.ListField(child=Text(max_length=64), required=False)
    fields = AnyObject(source="custom_fields", required=False)  # type: ignore[assignment]  # the contract's name


class ContactOut(Shape):
    id = serializers.UUIDField()
    phone = serializers.CharField(allow_null=True)
    first_name = serializers.CharField(source="name", allow_null=True)
    last_name = serializers.CharField(source="surname", allow_null=True)
    email = serializers.CharField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    fields = AnyObject(source="custom_fields")  # type: ignore[assignment]  # as above
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ContactListOut(Shape):
    contacts = ContactOut(many=True)
    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
