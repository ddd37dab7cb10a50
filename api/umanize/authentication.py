"""Know who calls the Umanize dialect: a program by ``X-API-Key``, or a user by ``Authorization: Bearer``."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api.caller import Caller
from lib import clock
from organizations.models import ApiKey, User
from organizations.services import authenticate_token, role_in
from organizations.services.access_tokens import read_access_token

HEADER = "X-API-Key"
_SCHEME = "bearer"


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
        return f'ApiKey realm="api", header="{HEADER}", Bearer realm="api"'


class BearerAuthentication(BaseAuthentication):
    """Identify a user by the access token of a login."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != _SCHEME:
            return None
        session = read_access_token(token=token.strip())
        if session is None:
            raise AuthenticationFailed("The access token is not valid (any more): log in or refresh it.")
        return session.user, Caller(session.organization, session.user, role=session.role)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _caller(key: ApiKey) -> Caller | None:
    organization, user = key.organization, key.user
    if organization is None:
        return None
    if user is None:
        return Caller(organization, api_key=key)
    role = role_in(user=user, organization=organization)
    return Caller(organization, user, key, role) if role else None


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular's registry hook
    """Describe the key in the OpenAPI document."""

    target_class = ApiKeyAuthentication
    name = "apiKeyAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": HEADER}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular's registry hook
    """Describe the access token in the OpenAPI document."""

    target_class = BearerAuthentication
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": _SCHEME, "bearerFormat": "JWT"}
