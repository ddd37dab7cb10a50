from __future__ import annotations

from rest_framework import serializers

from api.fields import Text
from api.umanize.fields import Shape
from organizations.services.access_tokens import ACCESS_LIFETIME


class TokenRequest(Shape):
    """A login. Who works in several organizations names one, by slug or id."""

    email = Text(longest=254)
    password = Text(longest=1024)
    organization = Text(longest=64, required=False)


class TokenRefreshRequest(Shape):
    refresh_token = Text(longest=4096)


class TokenOut(Shape):
    access_token = serializers.CharField(source="access")
    refresh_token = serializers.CharField(source="refresh")
    token_type = serializers.SerializerMethodField()
    expires_in = serializers.SerializerMethodField()

    def get_token_type(self, _pair: object) -> str:
        return "bearer"

    def get_expires_in(self, _pair: object) -> int:
        return int(ACCESS_LIFETIME.total_seconds())
