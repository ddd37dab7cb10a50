from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin import action
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.enums import ActionVariant

from lib.errors import DomainError
from organizations.admin_base.filters import DeletedFilter
from organizations.admin_base.model_admin import TenantAdmin
from organizations.admin_base.operations import operation


class CannotRestore(DomainError):
    """Say that a row which is not deleted has taken what must be unique."""

    code = "cannot_restore"

    def __init__(self) -> None:
        super().__init__("This cannot be restored: another one that is not deleted has taken its place.")


class SoftDeleteAdmin(TenantAdmin):
    """Pages of a model whose rows are hidden when deleted, and can be brought back.

    Deleting and restoring need `delete_needs`. Models with services of their own override `hide` and `restore`.
    """

    actions_detail: ClassVar[Any] = ("delete_row", "restore_row")
    actions: ClassVar[Any] = ("delete_selected_rows", "restore_selected_rows")

    def rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.all_objects.all()
        return rows

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        if getattr(request.resolver_match, "url_name", "") == "autocomplete":
            queryset = queryset.filter(deleted_at__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [*super().get_list_filter(request), DeletedFilter]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not obj.is_deleted)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # Django's own deletion is for good, and cascades

    def has_hide_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may delete and restore some row (the name is Django's, for `permissions`)."""
        return self.may(request, self.delete_needs)

    def hide(self, request: HttpRequest, row: Any) -> None:
        """Soft-delete one row. Raises DomainError."""
        with transaction.atomic():
            self.rows().filter(pk=row.pk).soft_delete()  # type: ignore[attr-defined]  # a SoftDeleteQuerySet
            self.audit(request, row, "deleted")

    def restore(self, request: HttpRequest, row: Any) -> None:
        """Bring one row back. Raises DomainError."""
        try:
            with transaction.atomic():
                self.rows().filter(pk=row.pk).restore()  # type: ignore[attr-defined]  # a SoftDeleteQuerySet
                self.audit(request, row, "restored")
        except IntegrityError as error:
            raise CannotRestore from error

    @operation(
        "Delete",
        needs="delete_needs",
        ask="It disappears from every list. You can bring it back: filter the list by “deleted”.",
        icon="delete",
        offered=lambda row: not row.is_deleted,
        variant=ActionVariant.DANGER,
    )
    def delete_row(self, request: HttpRequest, form: Any, row: Any) -> str:
        self.hide(request, row)
        return f"{row} was deleted."

    @operation(
        "Restore",
        needs="delete_needs",
        ask="It will be there again, as it was.",
        icon="restore_from_trash",
        offered=lambda row: row.is_deleted,
    )
    def restore_row(self, request: HttpRequest, form: Any, row: Any) -> str:
        self.restore(request, row)
        return f"{row} was restored."

    @action(description="Delete selected", permissions=["hide"])
    def delete_selected_rows(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.each(request, queryset.filter(deleted_at__isnull=True), self.delete_needs, self.hide, "deleted")

    @action(description="Restore selected", permissions=["hide"])
    def restore_selected_rows(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.each(request, queryset.filter(deleted_at__isnull=False), self.delete_needs, self.restore, "restored")
