"""Log people in to the APIs: a short-lived access token, and a refresh token that gets the next one.

Both are signed and stateless. What they stand on is asked of the database at every use, so a disabled user, a changed
password or role, or a membership that is gone counts at once. Times are real time: tokens are about machines.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
from django.conf import settings
from django.contrib.auth import authenticate
from django.utils.crypto import constant_time_compare
from jwt.types import Options

from lib.ids import new_id
from organizations.exceptions import ChooseOrganization, InvalidLogin, NotAMember
from organizations.models import Organization, User
from organizations.services.people import role_in

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=14)
_ALGORITHM = "HS256"
_ACCESS, _REFRESH = "access", "refresh"
_CLAIMS = ["typ", "sub", "org", "pwd", "iat", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class Session:
    """Whom a token stands for, in which organization, and as what."""

    user: User
    organization: Organization
    role: str


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token and the refresh token that gets the next one."""

    access: str
    refresh: str

    def __repr__(self) -> str:
        return "TokenPair(…)"


def log_in(*, email: str, password: str, organization: str = "", at: datetime | None = None) -> TokenPair:
    """Return tokens for whoever has this email and password, to work in the organization of this slug or id.

    It may be left out by members of one organization. Raises InvalidLogin, ChooseOrganization, NotAMember.
    """
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise InvalidLogin
    return _pair(Session(user, *_place(user, organization)), at or _now())


def refresh_login(*, token: str, at: datetime | None = None) -> TokenPair | None:
    """Return new tokens for a refresh token, None unless it may be used at `at`."""
    at = at or _now()
    session = _session(token, _REFRESH, at)
    return _pair(session, at) if session else None


def read_access_token(*, token: str, at: datetime | None = None) -> Session | None:
    """Return whom an access token stands for, None unless it may be used at `at`."""
    return _session(token, _ACCESS, at or _now())


def _place(user: User, wanted: str) -> tuple[Organization, str]:
    """Return the organization to work in, and the role there. A superuser, at home everywhere, names one."""
    if user.is_superuser and not wanted:
        raise ChooseOrganization
    places = Organization.objects.all()
    if wanted:
        places = places.filter(pk=UUID(wanted)) if _is_uuid(wanted) else places.filter(slug=wanted)
    if not user.is_superuser:
        places = places.filter(memberships__user=user)
    found = list(places[:2])
    if len(found) > 1:
        raise ChooseOrganization
    role = role_in(user=user, organization=found[0]) if found else None
    if role is None:
        raise NotAMember
    return found[0], role


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _pair(session: Session, at: datetime) -> TokenPair:
    return TokenPair(_token(session, _ACCESS, at, ACCESS_LIFETIME), _token(session, _REFRESH, at, REFRESH_LIFETIME))


def _token(session: Session, kind: str, at: datetime, lifetime: timedelta) -> str:
    claims = {
        "typ": kind,
        "sub": str(session.user.pk),
        "org": str(session.organization.pk),
        "pwd": _mark_of_password(session.user),
        "iat": int(at.timestamp()),
        "exp": int((at + lifetime).timestamp()),
        "jti": str(new_id()),
    }
    return jwt.encode(claims, _key(), algorithm=_ALGORITHM)


def _session(token: str, kind: str, at: datetime) -> Session | None:
    try:
        # When it expires is asked below, of the time the caller gives.
        unchecked: Options = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False}
        claims = jwt.decode(token, _key(), algorithms=[_ALGORITHM], options=unchecked)
        user_id, organization_id = UUID(claims["sub"]), UUID(claims["org"])
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError):
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    organization: Organization | None = Organization.objects.filter(pk=organization_id).first()
    if claims["typ"] != kind or expires_at <= at or user is None or organization is None:
        return None
    if not constant_time_compare(str(claims["pwd"]), _mark_of_password(user)):
        return None
    role = role_in(user=user, organization=organization)
    return Session(user, organization, role) if role else None


def _mark_of_password(user: User) -> str:
    return user.get_session_auth_hash()[:32]


def _key() -> bytes:
    # Of our own, so that nothing signed with the secret key for another purpose is ever a token.
    return hashlib.sha256(b"organizations.access_tokens:" + settings.SECRET_KEY.encode()).digest()


def _now() -> datetime:
    return datetime.now(UTC)
