"""Know who calls the Agentalk dialect: ``Authorization: Bearer {orgId}.{secretToken}``."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, ValidationError
from rest_framework.request import Request

from api.caller import Caller
from lib import clock
from organizations.models import ApiKey, Organization, Role, User
from organizations.services import authenticate_token, find_organization, role_in

ORGANIZATION_HEADER = "X-Organization-ID"
_SCHEME = "bearer"
_JWT_DOTS = 2
_FORBIDDEN = f"{ORGANIZATION_HEADER}: your token does not reach this organization."


class OrganizationTokenAuthentication(BaseAuthentication):
    """Identify a program by its organization's token.

    A token with a user acts with that user's role, any other as an admin. One of a superuser reaches every
    organization, or the one named in `X-Organization-ID`; all others reach their own.
    """

    def authenticate(self, request: Request) -> tuple[User | None, Caller] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _space, token = header.strip().partition(" ")
        if scheme.lower() != _SCHEME:
            raise AuthenticationFailed("Send the token as: Authorization: Bearer {orgId}.{secretToken}")
        token = token.strip()
        if token.count(".") == _JWT_DOTS:
            raise AuthenticationFailed("A JWT is not accepted here: send {orgId}.{secretToken}.")
        key = authenticate_token(kind=ApiKey.Kind.AGENTALK, token=token, at=clock.now())
        caller = _caller(key, request.headers.get(ORGANIZATION_HEADER)) if key else None
        if caller is None:
            raise AuthenticationFailed("The token is not valid.")
        return caller.user, caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _caller(key: ApiKey, named: str | None) -> Caller | None:
    """Return who the key stands for; None where it stands for nobody any more. Raises what `_named` raises."""
    own, user = key.organization, key.user
    if own is None or (user is not None and not user.is_active):
        return None
    if user is None:
        return Caller(_held_to(own, named), api_key=key)
    if user.is_superuser:
        organization = _named(named)
        if organization is None:
            return Caller(own, user, key, Role.ADMIN, sees_every_organization=True)
        return Caller(organization, user, key, Role.ADMIN)
    role = role_in(user=user, organization=own)
    return Caller(_held_to(own, named), user, key, role) if role else None


def _held_to(own: Organization, named: str | None) -> Organization:
    if named is not None and _id(named) != own.pk:
        raise PermissionDenied(_FORBIDDEN)
    return own


def _named(named: str | None) -> Organization | None:
    if named is None:
        return None
    organization = find_organization(_id(named))
    if organization is None:
        raise PermissionDenied(_FORBIDDEN)
    return organization


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValidationError({ORGANIZATION_HEADER: ["Must be a valid UUID."]}) from None


class OrganizationTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # spectacular's registry hook
    """Describe the token in the OpenAPI document."""

    target_class = OrganizationTokenAuthentication
    name = "OrganizationApiToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": _SCHEME, "bearerFormat": "OrgId.SecretToken"}
