"""Notice that the database was restored from a backup, and keep the platform closed until that is dealt with.

What was done after the backup is unknown here but happened all the same: whoever was called since would be called
again. So the platform is quarantined as soon as the database is not the one that was seen last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from lib import clock
from organizations import switches
from organizations.exceptions import NotReconciled
from organizations.models import ProviderAccount, SystemFlag
from organizations.services.audit import Actor

log = structlog.get_logger(__name__)

CLUSTER_FLAG = "cluster"
_RECONCILED = "reconciled:"

# Of the files: a copy of them keeps the system identifier and gets a new timeline when it is opened for writing. The
# timeline comes from the log's present file, too: after a promotion the last checkpoint may still be the old one's.
# Of a dump: it is read into another cluster, another database, or at least into a table with another oid.
_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system()),
       greatest((SELECT timeline_id FROM pg_control_checkpoint()),
                CASE WHEN pg_is_in_recovery() THEN 0
                     ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int END),
       (SELECT oid FROM pg_database WHERE datname = current_database()),
       'organizations_systemflag'::regclass::oid
"""


@dataclass(frozen=True, slots=True)
class DatabaseIdentity:
    """What tells this database from every restored copy of it."""

    system: int
    timeline: int
    database: int
    table: int

    def __str__(self) -> str:
        return f"system {self.system} timeline {self.timeline} database {self.database} table {self.table}"

    @classmethod
    def read(cls) -> DatabaseIdentity:
        with connection.cursor() as cursor:
            cursor.execute(_IDENTITY)
            row = cursor.fetchone()
        return cls(*map(int, row))


@transaction.atomic
def check_database() -> bool:
    """Quarantine the platform if this database is not the one seen last; return whether all is well.

    The first call only remembers the database. Each later one notes the time, so that a restored copy tells when its
    backup was made. Any role may ask PostgreSQL what this asks. Call it when a worker starts and every minute.
    """
    present = str(DatabaseIdentity.read())
    now = clock.now()
    seen, _ = SystemFlag.objects.select_for_update().get_or_create(
        key=CLUSTER_FLAG, defaults={"value": present, "changed_at": now}
    )
    if seen.value == present:
        SystemFlag.objects.filter(key=CLUSTER_FLAG).update(changed_at=now)
        return True
    if not switches.is_quarantined():
        log.error("database.restored", seen=seen.value, present=present)
        quarantine(reason="the database is not the one seen last: it was restored or moved")
    return False


@transaction.atomic
def quarantine(*, reason: str, actor: Actor | None = None) -> None:
    """Close the platform until `lift_quarantine`; whatever was reconciled before does not count any more."""
    SystemFlag.objects.filter(key__startswith=_RECONCILED).delete()
    switches.set_dialing(value="quarantined", reason=reason, actor=actor)


def backup_time() -> datetime | None:
    """Return when this database was last seen before it was restored, None where nobody ever looked.

    It is at most a minute before the moment the backup shows.
    """
    found: datetime | None = SystemFlag.objects.filter(key=CLUSTER_FLAG).values_list("changed_at", flat=True).first()
    return found


def note_reconciled(*, account: ProviderAccount, since: datetime) -> None:
    """Remember that everything `account` did since then is known here."""
    fields: dict[str, Any] = {"value": since.isoformat(), "changed_at": clock.now()}
    SystemFlag.objects.update_or_create(key=f"{_RECONCILED}{account.pk}", defaults=fields)


def accounts_to_reconcile() -> list[ProviderAccount]:
    """Return the accounts through which somebody may have been contacted, and which nobody has compared yet."""
    keys = SystemFlag.objects.filter(key__startswith=_RECONCILED).values_list("key", flat=True)
    done = {UUID(key.removeprefix(_RECONCILED)) for key in keys}
    accounts = ProviderAccount.objects.exclude(kind=ProviderAccount.Kind.ANALYSIS).select_related("organization")
    return [account for account in accounts.order_by("organization__name", "name") if account.pk not in done]


@transaction.atomic
def lift_quarantine(*, actor: Actor | None = None) -> None:
    """Open the platform again and accept the present database. Does nothing where there is no quarantine.

    Raises NotReconciled while an account has not been compared with its provider.
    """
    if not switches.is_quarantined():
        return
    left = accounts_to_reconcile()
    if left:
        raise NotReconciled([f"{account.organization.slug}: {account.name}" for account in left])
    SystemFlag.objects.update_or_create(
        key=CLUSTER_FLAG, defaults={"value": str(DatabaseIdentity.read()), "changed_at": clock.now()}
    )
    SystemFlag.objects.filter(key__startswith=_RECONCILED).delete()
    switches.write_dialing(switches.QUARANTINED, switches.ON, "reconciled", actor)
