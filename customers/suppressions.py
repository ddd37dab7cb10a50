"""Who must not be contacted, and who has been: both kept by a keyed hash of the address, so that they survive erasure.

A dial and an opt-out of the same address take the same lock, shared by dials and exclusive for the opt-out, and both
stamp their time inside it: "no dial after the opt-out" is then a fact the rows show.

An address is an E.164 number or an email address as `lib.email_address` returns it. Every function but `suppress`
refuses any other form: a check on an address written differently would find nothing and let the contact through.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.transaction import TransactionManagementError

from customers.models import DialLedger, Suppression, SuppressionQuerySet
from customers.services.cleaning import clean_email, clean_phone
from lib.db.clock import read_clock
from lib.errors import InvalidField
from lib.privacy import keyed_hash
from organizations.models import Organization
from organizations.services import Actor, record_audit

_STORED_FORM = re.compile(r"\+[1-9][0-9]{6,14}|[!-?\[-~]+@[!-?\[-~]+")
_LOCK_SEED = 7  # keeps these locks apart from those of other purposes
_WHOLE_PLATFORM = "platform"
_LONGEST_REASON = 255  # cut rather than refused: an opt-out must never fail for its wording
_HINT_DIGITS = 3


def address_hash(address: str) -> str:
    """Return the 64 hexadecimal digits an address is kept by, made with the key `ADDRESS_HASH_KEY_VERSION` names.

    Raises ValueError for an address that is not in its stored form; the message does not repeat it.
    """
    if not _STORED_FORM.fullmatch(address):
        raise ValueError("an address must be an E.164 number or a normalised email address here")
    return keyed_hash(address, key=settings.ADDRESS_HASH_KEY.encode())


def address_lock(organization_id: UUID | None, address: str, *, shared: bool) -> None:
    """Wait for and hold the lock on an address until the transaction ends.

    A dial takes it shared twice, for the whole platform (None) and for its organization; an opt-out takes the one it
    is about exclusively. Raises TransactionManagementError outside a transaction, ValueError as `address_hash`.
    """
    _lock(organization_id, address_hash(address), shared=shared)


def _lock(organization_id: UUID | None, hashed: str, *, shared: bool) -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("the lock on an address lives as long as a transaction: open one")
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    name = f"{organization_id or _WHOLE_PLATFORM}:{hashed}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, %s))", [name, _LOCK_SEED])


@transaction.atomic
def suppress(
    *,
    organization: Organization | None,
    address: str,
    source: str,
    channel: str = "",
    reason: str = "",
    expires_at: datetime | None = None,
    actor: Actor | None = None,
) -> Suppression:
    """Forbid contacting an address, written in any form, on one channel or (``""``) on all; return the rule in force.

    Without an `organization` it holds for the whole platform. Doing it again changes nothing, but that a later or no
    `expires_at` prolongs the rule. Waits for dials of the address that are being decided. Raises InvalidField.
    """
    stored = _stored_form(address, organization)
    hashed = address_hash(stored)
    _lock(organization.pk if organization else None, hashed, shared=False)
    now = read_clock()
    found = _standing(organization, hashed, channel)
    if found and found.expires_at and found.expires_at <= now:
        _end(found, found.expires_at)
        found = None
    if found:
        return _prolonged(found, expires_at, actor)
    suppression: Suppression = Suppression.objects.create(
        organization=organization,
        address_hash=hashed,
        address_hint=_hint(stored),
        hash_key_version=settings.ADDRESS_HASH_KEY_VERSION,
        channel=channel,
        source=source,
        reason=reason[:_LONGEST_REASON],
        expires_at=expires_at,
        created_at=now,
    )
    _audit(suppression, "suppression.created", actor)
    return suppression


@transaction.atomic
def lift_suppression(*, suppression: Suppression, actor: Actor | None = None) -> None:
    """Allow contacts again; the row stays as a record. Lifting twice changes nothing."""
    _lock(suppression.organization_id, suppression.address_hash, shared=False)
    found = Suppression.objects.filter(pk=suppression.pk, lifted_at__isnull=True).first()
    if found:
        _end(found, read_clock())
        _audit(found, "suppression.lifted", actor)


def is_suppressed(*, organization_id: UUID, address: str, channel: str, at: datetime) -> Suppression | None:
    """Return the rule of the organization or of the platform that forbids the contact at `at`, None if none does.

    It is the truth for a dial only under both shared locks of `address_lock`. Raises ValueError as `address_hash`.
    """
    found: Suppression | None = _binding(organization_id, [address_hash(address)], channel, at).first()
    return found


def suppressed_hashes(*, organization_id: UUID, hashes: Collection[str], channel: str, at: datetime) -> set[str]:
    """Return those of `hashes` (as `address_hash` makes them) that may not be contacted at `at`: one query."""
    return set(_binding(organization_id, hashes, channel, at).values_list("address_hash", flat=True))


def record_dial(*, organization_id: UUID, attempt_id: UUID, channel: str, address: str, at: datetime) -> None:
    """Write down that an attempt is about to be submitted. Raises IntegrityError the second time for an attempt."""
    DialLedger.objects.create(
        organization_id=organization_id,
        attempt_id=attempt_id,
        channel=channel,
        address_hash=address_hash(address),
        hash_key_version=settings.ADDRESS_HASH_KEY_VERSION,
        submitted_at=at,
    )


def contacts_since(*, organization_id: UUID, address: str, since: datetime) -> int:
    """Return how often an organization has contacted an address since an instant, on any channel."""
    return DialLedger.objects.filter(
        organization_id=organization_id, address_hash=address_hash(address), submitted_at__gte=since
    ).count()


def _binding(organization_id: UUID, hashes: Collection[str], channel: str, at: datetime) -> SuppressionQuerySet:
    owners = Q(organization_id=organization_id) | Q(organization_id__isnull=True)
    rules: SuppressionQuerySet = Suppression.objects.in_force(at)
    return rules.filter(owners, address_hash__in=hashes, channel__in=["", channel])


def _standing(organization: Organization | None, hashed: str, channel: str) -> Suppression | None:
    rules = Suppression.objects.filter(address_hash=hashed, channel=channel, lifted_at__isnull=True)
    owned = rules.filter(organization=organization) if organization else rules.filter(organization__isnull=True)
    found: Suppression | None = owned.first()
    return found


def _prolonged(suppression: Suppression, expires_at: datetime | None, actor: Actor | None) -> Suppression:
    if suppression.expires_at is not None and (expires_at is None or expires_at > suppression.expires_at):
        suppression.expires_at = expires_at
        suppression.save(update_fields=["expires_at", "updated_at"])
        _audit(suppression, "suppression.prolonged", actor)
    return suppression


def _end(suppression: Suppression, at: datetime) -> None:
    suppression.lifted_at = at
    suppression.save(update_fields=["lifted_at", "updated_at"])


def _stored_form(address: str, organization: Organization | None) -> str:
    if _STORED_FORM.fullmatch(address):  # also numbers no numbering plan knows yet: an opt-out must not fail for those
        return address
    if "@" in address:
        stored = clean_email(address)
    else:
        stored = clean_phone("address", address, (organization.default_region if organization else "") or None)
    if not stored:
        raise InvalidField("address", "this must be a phone number or an email address")
    return stored


def _hint(address: str) -> str:
    """Return too little to write to, enough to tell a few rows apart."""
    return f"{address[0]}…@" if "@" in address else address[-_HINT_DIGITS:]


def _audit(suppression: Suppression, action: str, actor: Actor | None) -> None:
    record_audit(
        organization=suppression.organization,
        action=action,
        subject=suppression,
        changes={"channel": [None, suppression.channel], "source": [None, suppression.source]},
        actor=actor,
    )
