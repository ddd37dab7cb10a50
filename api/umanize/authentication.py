"""Know who calls the Umanize dialect: ``X-API-Key: um_<public>.<secret>``."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api.caller import Caller
from lib import clock
from organizations.models import ApiKey, Organization, Role, User
from organizations.services import authenticate_token

HEADER = "X-API-Key"


class ApiKeyAuthentication(BaseAuthentication):
    """Identify a program by its key. A key with a user acts with that user's role, any other as an admin."""

    def authenticate(self, request: Request) -> tuple[User | None, Caller] | None:
        token = request.headers.get(HEADER)
        if token is None:
            return None
        key = authenticate_token(kind=ApiKey.Kind.UMANIZE, token=token, at=clock.now())
        caller = _caller(key) if key else None
        if caller is None:
            raise AuthenticationFailed("The API key is not valid.")
        return caller.user, caller

    def authenticate_header(self, request: Request) -> str:
        return f'ApiKey realm="api", header="{HEADER}"'


def _caller(key: ApiKey) -> Caller | None:
    organization, user = key.organization, key.user
    if organization is None:
        return None
    if user is None:
        return Caller(organization, api_key=key)
    role = _role(user, organization) if user.is_active else None
    return Caller(organization, user, key, role) if role else None


def _role(user: User, organization: Organization) -> str | None:
    if user.is_superuser:
        return Role.ADMIN
    membership = user.memberships.filter(organization=organization).first()
    return membership.role if membership else None


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular's registry hook
    """Describe the key in the OpenAPI document."""

    target_class = ApiKeyAuthentication
    name = "apiKeyAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": HEADER}
