from __future__ import annotations

from rest_framework import serializers

from api.agentalk.fields import Shape
from customers.models import CustomField


class CustomFieldOut(Shape):
    id = serializers.UUIDField()
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a property of the dialect, not of the class
    type = serializers.ChoiceField(CustomField.Type.values)


class CustomFieldPageOut(Shape):
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = CustomFieldOut(many=True)
