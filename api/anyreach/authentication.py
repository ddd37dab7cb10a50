"""Know who calls the Anyreach dialect: ``Bearer ak_<id>.<secret>`` of an organization, ``Bearer pat_…`` of a person."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api.caller import Caller
from lib import clock
from organizations.models import ApiKey, Role, User
from organizations.services import authenticate_token, find_membership, role_in

ORGANIZATION_HEADER = "X-Anyreach-Org"
_PERSONAL = "pat_"


class BearerAuthentication(BaseAuthentication):
    """Identify a program by its key, or a person by their token and the organization the request names."""

    def authenticate(self, request: Request) -> tuple[User | None, Caller] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _space, token = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Send the token as: Authorization: Bearer …")
        token = token.strip()
        kind = ApiKey.Kind.PERSONAL if token.startswith(_PERSONAL) else ApiKey.Kind.ANYREACH
        key = authenticate_token(kind=kind, token=token, at=clock.now())
        if key is None:
            raise AuthenticationFailed("The token is not valid.")
        caller = _person(key, request) if kind == ApiKey.Kind.PERSONAL else _program(key)
        return caller.user, caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _program(key: ApiKey) -> Caller:
    """Return the caller of an organization's key; one with an owner may do what the owner may."""
    organization, user = key.organization, key.user
    role = role_in(user=user, organization=organization) if user and organization else Role.ADMIN
    if organization is None or role is None:
        raise AuthenticationFailed("The token is not valid.")
    return Caller(organization, user, key, role)


def _person(key: ApiKey, request: Request) -> Caller:
    named = request.headers.get(ORGANIZATION_HEADER, "").strip()
    if not named:
        raise AuthenticationFailed("Token is missing organization claim.")
    membership = find_membership(user=key.user, organization=named) if key.user else None
    if membership is None or key.organization not in (None, membership.organization):
        raise AuthenticationFailed("The token is not valid in this organization.")
    return Caller(membership.organization, key.user, key, membership.role)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular's registry hook
    """Describe the token in the OpenAPI document."""

    target_class = BearerAuthentication
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
