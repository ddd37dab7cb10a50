"""The abstract models every table is built from: identity, times, tenancy, soft delete."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models

from lib import clock
from lib.db.clock import ClockedUpdateField
from lib.ids import new_id

if TYPE_CHECKING:
    from django.db.models.query import QuerySet


class Identified(models.Model):
    """A row with a UUIDv7 made by the application."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class Timestamped(Identified):
    """A row that knows when it was made and last saved."""

    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = ClockedUpdateField()

    class Meta:
        abstract = True


class Tracked(models.Model):
    """A wide row that writes only what changed since it was read."""

    _as_read: dict[str, Any]

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        row = super().from_db(db, field_names, values, **options)
        row._as_read = dict(zip(field_names, values, strict=True))
        return row

    def save_changes(self) -> None:
        """Save the columns that were assigned another value, and `updated_at` where the row has it."""
        as_read: dict[str, Any] = self._as_read
        changed = {name: self.__dict__[name] for name, value in as_read.items() if self.__dict__.get(name) != value}
        if changed:
            clocked = [f.name for f in self._meta.concrete_fields if isinstance(f, ClockedUpdateField)]
            self.save(update_fields=[*changed, *clocked])
            # An expression was computed by the database: what it came to is not known here.
            as_read.update({name: value for name, value in changed.items() if not hasattr(value, "resolve_expression")})


class Reach(Enum):
    """How far somebody sees who is not held to one organization. Given by name, so that nobody sees all by omission."""

    EVERY_ORGANIZATION = "every organization"


class TenantQuerySet(models.QuerySet[Any]):
    """Rows that belong to an organization. Interfaces start every query with `for_organization`."""

    def for_organization(self, organization: models.Model | UUID | Reach) -> Self:
        """Return the rows of one organization, given itself or its id; or, by name, of all that are not deleted."""
        if organization is Reach.EVERY_ORGANIZATION:
            return self.filter(organization__deleted_at__isnull=True)
        key = organization.pk if isinstance(organization, models.Model) else organization
        return self.filter(organization_id=key)


class SoftDeleteQuerySet(TenantQuerySet):
    """Rows that can be hidden and brought back. `delete` removes for good and is left to purging services."""

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def deleted(self) -> Self:
        return self.filter(deleted_at__isnull=False)

    def soft_delete(self, at: datetime | None = None) -> int:
        """Hide the rows; return how many were visible."""
        at = at or clock.now()
        return self.alive().update(deleted_at=at, updated_at=at)

    def restore(self) -> int:
        """Show hidden rows again; return how many. Raises IntegrityError where a live row took their unique value."""
        return self.deleted().update(deleted_at=None, updated_at=clock.now())


class AliveManager(models.Manager[Any]):
    """The manager behind ``objects``: rows that are not soft-deleted."""

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(deleted_at__isnull=True)


class SoftDeleted(Timestamped):
    """A row that is hidden when deleted. ``objects`` hides deleted rows, ``all_objects`` does not."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None


ALIVE = models.Q(deleted_at__isnull=True)
