"""Stop and resume all contacts: of the whole platform, of one organization, or through one account with a vendor.

Whoever dials calls `share_switches` in the transaction that decides, and reads the switches after it. A stop takes the
other side of the same lock, so it waits for contacts that are being decided, and none is decided once it has returned.
"""

from __future__ import annotations

from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5

import structlog
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from lib import clock
from organizations.exceptions import PlatformQuarantined
from organizations.models import AuditEvent, Organization, ProviderAccount, SystemFlag
from organizations.services.audit import PLATFORM, Actor, record_audit

log = structlog.get_logger(__name__)

DIALING_FLAG = "dialing"
ON, STOPPED, QUARANTINED = "on", "stopped", "quarantined"
_LONGEST_REASON = 255  # cut rather than refused: a stop must never fail for its wording
_LOCK_SEED = 11  # keeps these locks apart from those of other purposes
_WHOLE_PLATFORM = "platform"
_FLAG_ID = uuid5(NAMESPACE_OID, DIALING_FLAG)  # the audit log names everything by a UUID
Dialing = Literal["on", "stopped", "quarantined"]


def share_switches(organization_id: UUID) -> None:
    """Hold the switches of the platform, of an organization and of its accounts as they are until the transaction ends.

    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("the switches are held for as long as a transaction: open one")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, %s)),"
            " pg_advisory_xact_lock_shared(hashtextextended(%s, %s))",
            [_WHOLE_PLATFORM, _LOCK_SEED, str(organization_id), _LOCK_SEED],
        )


def _turn(switches_of: str) -> None:
    """Wait for the contacts that are being decided under these switches, and keep new ones out until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [switches_of, _LOCK_SEED])


def dialing_stopped_reason(organization: Organization) -> str:
    """Return why nobody of `organization` may be contacted now, empty where they may.

    Reads the platform's switch afresh (one query) and the organization's from the instance given.
    """
    platform = platform_stopped_reason()
    if platform:
        return platform
    if organization.dialing_stopped_at:
        return organization.dialing_stopped_reason or "the organization is stopped"
    return ""


def platform_stopped_reason() -> str:
    """Return why nobody at all may be contacted now, empty where they may. One query."""
    flag = SystemFlag.objects.filter(key=DIALING_FLAG).exclude(value=ON).first()
    if flag is None:
        return ""
    return f"the platform is {flag.value}" + (f": {flag.reason}" if flag.reason else "")


def is_quarantined() -> bool:
    """Say whether the database was restored and nobody has compared it with the providers yet. One query."""
    return SystemFlag.objects.filter(key=DIALING_FLAG, value=QUARANTINED).exists()


@transaction.atomic
def set_dialing(*, value: Dialing, reason: str = "", actor: Actor | None = None) -> None:
    """Turn the platform's switch: "on", "stopped" by an operator, or "quarantined" after a restore from backup.

    Raises PlatformQuarantined where it would end a quarantine: `organizations.quarantine.lift_quarantine` does.
    """
    _turn(_WHOLE_PLATFORM)
    before = SystemFlag.objects.filter(key=DIALING_FLAG).values_list("value", flat=True).first() or ON
    if before == QUARANTINED and value != QUARANTINED:
        raise PlatformQuarantined
    write_dialing(before, value, reason, actor)


def write_dialing(before: str, value: str, reason: str, actor: Actor | None) -> None:
    """Store the platform's switch and its audit line. The caller has decided that it may be turned so."""
    fields = {"value": value, "reason": reason[:_LONGEST_REASON], "changed_at": clock.now()}
    SystemFlag.objects.update_or_create(key=DIALING_FLAG, defaults=fields)
    by = actor or PLATFORM
    AuditEvent.objects.create(
        user=by.user,
        action=f"platform.dialing_{value}",
        object_type=SystemFlag._meta.label_lower,
        object_id=_FLAG_ID,
        changes={DIALING_FLAG: [before, value], "reason": ["", fields["reason"]]},
        request_id=by.request_id,
    )
    log.warning("dialing.switched", value=value, reason=reason)


@transaction.atomic
def stop_dialing(*, organization: Organization, reason: str = "", actor: Actor | None = None) -> Organization:
    """Stop every new contact of `organization`; what is under way goes on. Returns the fresh row."""
    _turn(str(organization.pk))
    row = _locked(organization)
    if row.dialing_stopped_at is None:
        row.dialing_stopped_at, row.dialing_stopped_reason = clock.now(), reason[:_LONGEST_REASON]
        _save(row, "organization.dialing_stopped", actor)
    return row


@transaction.atomic
def resume_dialing(*, organization: Organization, actor: Actor | None = None) -> Organization:
    """Allow contacts of `organization` again. Returns the fresh row."""
    row = _locked(organization)
    if row.dialing_stopped_at is not None:
        row.dialing_stopped_at, row.dialing_stopped_reason = None, ""
        _save(row, "organization.dialing_resumed", actor)
    return row


def _locked(organization: Organization) -> Organization:
    row: Organization = Organization.all_objects.select_for_update(no_key=True).get(pk=organization.pk)
    return row


def _save(row: Organization, action: str, actor: Actor | None) -> None:
    row.save(update_fields=["dialing_stopped_at", "dialing_stopped_reason", "updated_at"])
    record_audit(organization=row, action=action, subject=row, actor=actor)


@transaction.atomic
def stop_account(*, account: ProviderAccount, reason: str = "", actor: Actor | None = None) -> ProviderAccount:
    """Stop everything that would go out through `account`; what is under way goes on. Returns the fresh row."""
    _turn(str(account.organization_id))
    row = _locked_account(account)
    if row.stopped_at is None:
        row.stopped_at, row.stopped_reason = clock.now(), reason[:_LONGEST_REASON]
        _save_account(row, "provider_account.stopped", actor)
    return row


@transaction.atomic
def resume_account(*, account: ProviderAccount, actor: Actor | None = None) -> ProviderAccount:
    """Let contacts go out through `account` again. Returns the fresh row."""
    row = _locked_account(account)
    if row.stopped_at is not None:
        row.stopped_at, row.stopped_reason = None, ""
        _save_account(row, "provider_account.resumed", actor)
    return row


def _locked_account(account: ProviderAccount) -> ProviderAccount:
    rows = ProviderAccount.all_objects.select_related("organization").select_for_update(no_key=True, of=("self",))
    row: ProviderAccount = rows.get(pk=account.pk)
    return row


def _save_account(row: ProviderAccount, action: str, actor: Actor | None) -> None:
    row.save(update_fields=["stopped_at", "stopped_reason", "updated_at"])
    record_audit(organization=row.organization, action=action, subject=row, actor=actor)
