"""Keep the answers to requests that carried an Idempotency-Key, so that repeating one has no second effect.

A key is claimed in a transaction of its own. Work and answer are then committed together by whoever holds the claim, so
a process that dies leaves either both or neither, and a claim that outlived its holder may be taken over. All times
here measure machines, so they are the database machine's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from lib.crypto import SecretBox, SecretError
from lib.db.clock import RealClock
from lib.haste import seconds
from lib.ids import new_id
from organizations.models import IdempotencyKey, Organization

_KEPT_FOR_SECONDS = 24 * 60 * 60.0
# Longer than any request may take: whoever claimed a key this long ago is dead.
_STALE_AFTER_SECONDS = 60.0
_DELETED_AT_ONCE = 5_000

# One statement decides between any number of requests. A row of ours comes back, or none.
_CLAIM = """
INSERT INTO organizations_idempotencykey AS kept
  (id, organization_id, credential, key, method, path, request_hash, locked_at, expires_at, created_at, updated_at)
VALUES (%(id)s, %(organization)s, %(credential)s, %(key)s, %(method)s, %(path)s, %(hash)s,
        clock_timestamp(), clock_timestamp() + make_interval(secs => %(kept_for)s),
        clock_timestamp(), clock_timestamp())
ON CONFLICT (organization_id, credential, key) DO UPDATE SET
  method = EXCLUDED.method, path = EXCLUDED.path, request_hash = EXCLUDED.request_hash,
  response_status = NULL, response_body = NULL, locked_at = EXCLUDED.locked_at, expires_at = EXCLUDED.expires_at,
  created_at = EXCLUDED.created_at, updated_at = EXCLUDED.updated_at
WHERE kept.expires_at <= clock_timestamp()
   OR (kept.response_status IS NULL AND kept.request_hash = EXCLUDED.request_hash
       AND kept.locked_at <= clock_timestamp() - make_interval(secs => %(stale_after)s))
RETURNING id, locked_at
"""


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request as far as a repetition of it must be the same: `digest` stands for method, path and body."""

    organization: Organization
    credential: str  # who asks; two credentials' keys never meet
    key: str
    method: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work of a key. `locked_at` is its fence: a later claim has another."""

    id: UUID
    locked_at: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered the first time."""

    status: int
    headers: Mapping[str, str]
    body: str


class Refusal(Enum):
    """Why a request may neither be worked on nor answered from what is stored."""

    REUSED = "the key belongs to another request"
    RUNNING = "the first request is still being worked on"


def claim_key(request: KeyedRequest) -> Claim | StoredAnswer | Refusal:
    """Claim the key for this request, or return the answer it had, or why there is none. Commits at once."""
    for _ in range(2):  # a key that is given up between the two statements is free after all
        claim = _claim(request)
        if claim is not None:
            return claim
        rows = IdempotencyKey.objects.for_organization(request.organization)
        kept = rows.filter(credential=request.credential, key=request.key).first()
        if kept is not None:
            return _answer_of(kept, request)
    return Refusal.RUNNING


@transaction.atomic
def _claim(request: KeyedRequest) -> Claim | None:
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "id": new_id(),
                "organization": request.organization.pk,
                "credential": request.credential,
                "key": request.key,
                "method": request.method,
                "path": request.path[:2048],
                "hash": request.digest,
                "kept_for": _KEPT_FOR_SECONDS,
                "stale_after": seconds(_STALE_AFTER_SECONDS),
            },
        )
        row = cursor.fetchone()
    return Claim(*row) if row else None


def _answer_of(kept: IdempotencyKey, request: KeyedRequest) -> StoredAnswer | Refusal:
    if kept.request_hash != request.digest:
        return Refusal.REUSED
    if kept.response_status is None or kept.response_body is None:
        return Refusal.RUNNING
    try:
        stored: dict[str, Any] = _box().decrypt(bytes(kept.response_body).decode("ascii"))
    except SecretError:
        # Its key was dropped: what was answered cannot be told any more, and must not be done again.
        return Refusal.REUSED
    return StoredAnswer(kept.response_status, stored["headers"], stored["body"])


def store_answer(claim: Claim, answer: StoredAnswer) -> bool:
    """Keep the answer of the work done under `claim`; False where the claim was taken over meanwhile.

    Call it in the transaction of the work, and roll that back on False. The answer may hold personal data, so it is
    kept encrypted, for a day.
    """
    sealed = _box().encrypt({"headers": dict(answer.headers), "body": answer.body})
    ours = IdempotencyKey.objects.filter(pk=claim.id, locked_at=claim.locked_at)
    kept = ours.update(
        response_status=answer.status,
        response_body=sealed.encode("ascii"),
        locked_at=None,
        updated_at=RealClock(),
    )
    return bool(kept)


def release_key(claim: Claim) -> None:
    """Give the key back, so that the request may be tried again."""
    IdempotencyKey.objects.filter(pk=claim.id, locked_at=claim.locked_at).delete()


def delete_expired_keys() -> int:
    """Delete keys whose day is over, some thousands at a time; return how many."""
    expired = IdempotencyKey.objects.filter(expires_at__lt=RealClock()).order_by("expires_at")
    deleted, _by_model = IdempotencyKey.objects.filter(pk__in=expired.values("pk")[:_DELETED_AT_ONCE]).delete()
    return deleted


def _box() -> SecretBox:
    return SecretBox(settings.FIELD_ENCRYPTION_KEYS)
