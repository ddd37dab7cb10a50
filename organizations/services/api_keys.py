"""Issue, recognise and revoke the credentials of programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from lib import clock, tokens
from lib.db.validation import check_fields
from organizations.exceptions import KeyNeedsOwner, NotAMember, UnknownScope
from organizations.models import ApiKey, Membership, Organization, User
from organizations.services.audit import Actor, record_audit

Kind = ApiKey.Kind

SCOPES = ("campaigns:manage", "campaigns:read", "concurrency:manage", "concurrency:read")

# How each kind writes the parts of a token into one text.
_FORMS = {
    Kind.UMANIZE: "um_{public_id}.{secret}",
    Kind.AGENTALK: "{organization_id}.{public_id}_{secret}",
    Kind.ANYREACH: "ak_{public_id}.{secret}",
    Kind.PERSONAL: "pat_{public_id}.{secret}",
}
_PARTS = {
    "public_id": rf"(?P<public_id>[A-Za-z0-9]{{{tokens.PUBLIC_LENGTH}}})",
    "secret": r"(?P<secret>[A-Za-z0-9]+)",
    "organization_id": r"(?P<organization_id>[0-9a-f-]{36})",
}
_PATTERNS = {kind: re.compile(form.replace(".", r"\.").format(**_PARTS)) for kind, form in _FORMS.items()}

# Compared with where no key is found, so that an unknown key costs what a known one does.
_NOBODYS_HASH = tokens.hash_secret("")
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key with its whole token, which cannot be had again."""

    key: ApiKey
    token: str

    def __repr__(self) -> str:
        return f"IssuedKey({self.key.public_id})"


def issue_api_key(
    *,
    organization: Organization | None,
    kind: ApiKey.Kind,
    name: str = "",
    user: User | None = None,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
    actor: Actor | None = None,
) -> IssuedKey:
    """Make a credential. `user` is whom a personal token stands for, or who owns what another key creates.

    Raises KeyNeedsOwner (a personal key needs a user, any other an organization), NotAMember, UnknownScope,
    InvalidField.
    """
    _check_owner(organization, kind, user)
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScope(scope, SCOPES)
    public_id, secret = tokens.new_token()
    key = ApiKey(
        organization=organization,
        user=user,
        kind=kind,
        name=name,
        public_id=public_id,
        secret_hash=tokens.hash_secret(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    check_fields(key, exclude=["organization", "user"])
    with transaction.atomic():
        key.save(force_insert=True)
        changes: dict[str, list[Any]] = {"kind": [None, kind], "scopes": [None, key.scopes]}
        record_audit(organization=organization, action="api_key.issued", subject=key, changes=changes, actor=actor)
    token = _FORMS[kind].format(organization_id=key.organization_id, public_id=public_id, secret=secret)
    return IssuedKey(key, token)


def _check_owner(organization: Organization | None, kind: ApiKey.Kind, user: User | None) -> None:
    if kind == Kind.PERSONAL and user is None:
        raise KeyNeedsOwner(kind, "a user")
    if kind != Kind.PERSONAL and organization is None:
        raise KeyNeedsOwner(kind, "an organization")
    if organization is None or user is None or user.is_superuser:
        return
    if not Membership.objects.filter(organization=organization, user=user).exists():
        raise NotAMember


def authenticate_token(*, kind: ApiKey.Kind, token: str, at: datetime) -> ApiKey | None:
    """Return the key whose whole token this is, None unless it may be used at `at`. One query, rarely two.

    The key comes with its organization and user loaded. Of a deleted organization, or for a personal key of a user
    who may not log in, the answer is None too. A use is noted in `last_used_at` at most once a minute.
    """
    parts = _PATTERNS[kind].fullmatch(token)
    if parts is None or not tokens.well_formed(parts["secret"]):
        return None
    keys = ApiKey.objects.select_related("organization", "user")
    key: ApiKey | None = keys.filter(public_id=parts["public_id"], kind=kind).first()
    genuine = tokens.matches(parts["secret"], key.secret_hash if key else _NOBODYS_HASH)
    if key is None or not genuine or not _serves(key, at):
        return None
    if kind == Kind.AGENTALK and parts["organization_id"] != str(key.organization_id):
        return None
    _note_use(key, at)
    return key


def _serves(key: ApiKey, at: datetime) -> bool:
    if key.organization is not None and key.organization.is_deleted:
        return False
    if key.kind == Kind.PERSONAL and (key.user is None or not key.user.is_active):
        return False
    return key.is_usable(at)


def _note_use(key: ApiKey, at: datetime) -> None:
    if key.last_used_at is None or key.last_used_at <= at - _USE_IS_NOTED_EVERY:
        key.last_used_at = at
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)


@transaction.atomic
def revoke_api_key(*, key: ApiKey, at: datetime | None = None, actor: Actor | None = None) -> None:
    """Make a key useless from now on (or from `at` on record); revoking twice changes nothing."""
    at = at or clock.now()
    if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at, updated_at=at):
        key.revoked_at = at
        record_audit(organization=key.organization, action="api_key.revoked", subject=key, actor=actor)
