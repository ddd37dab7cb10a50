"""The base of every page of the admin: rows of the person's own organizations, and only what their role allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db.models import JSONField, Model, QuerySet, TextField, URLField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from lib.errors import DomainError
from organizations.admin_base.access import Access, Capability, access_of, actor_of
from organizations.admin_base.change_list import ChangeList
from organizations.admin_base.filters import OrganizationFilter
from organizations.admin_base.forms import TenantForm, TypedJSONField
from organizations.admin_base.operations import is_offered
from organizations.admin_base.paginator import CappedPaginator
from organizations.admin_base.telling import tell
from organizations.models import Organization
from organizations.services.audit import record_audit

_MOST_AT_ONCE = 1_000  # rows of one bulk action: it runs while the browser waits


class TenantAdmin(ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """Pages of a model whose rows belong to an organization.

    `organization_path` is the lookup of a row's organization id. Without one (the model has no organization, and
    nobody said how to find it) only superusers see anything. `view_needs`, `add_needs`, `change_needs` and
    `delete_needs` say what the person must be able to do; None is nobody, superusers included.
    """

    organization_path: str = ""
    view_needs: ClassVar[Capability] = Capability.VIEW
    add_needs: ClassVar[Capability | None] = Capability.CONFIGURE
    change_needs: ClassVar[Capability | None] = Capability.CONFIGURE
    delete_needs: ClassVar[Capability | None] = Capability.CONFIGURE

    empty_words: ClassVar[str] = ""  # what a list without rows says about how rows come into it

    # Fields of which the audit log tells only that they changed: it outlives the person.
    audit_hides: ClassVar[frozenset[str]] = frozenset()

    form = TenantForm
    formfield_overrides: ClassVar[Any] = {
        ArrayField: {"widget": UnfoldAdminTextInputWidget},
        JSONField: {"form_class": TypedJSONField, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 4})},
        TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 4})},
        URLField: {"assume_scheme": "https"},
    }
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_filter_submit = True
    warn_unsaved_form = True

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        if not self.organization_path and any(f.attname == "organization_id" for f in model._meta.concrete_fields):
            self.organization_path = "organization_id"

    # --- which rows ---------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        access, rows, ordering = access_of(request), self.rows(), self.get_ordering(request)
        rows = rows.order_by(*ordering) if ordering else rows
        if access.is_superuser:
            return rows
        if not self.organization_path:
            return rows.none()
        return rows.filter(**{f"{self.organization_path}__in": access.organizations(self.view_needs)})

    def rows(self) -> QuerySet[Any]:
        """Return every row there is, of all organizations."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        return rows

    def organization_id_of(self, row: Any) -> UUID | None:
        """Return the id of the organization `row` belongs to, None where it belongs to the platform."""
        value = row
        for step in self.organization_path.split("__") if self.organization_path else ():
            value = getattr(value, step, None)
        return value if isinstance(value, UUID) else None

    def permitted(self, request: HttpRequest, rows: QuerySet[Any], needs: Capability) -> QuerySet[Any]:
        """Return those of `rows` on which the person may do what needs `needs`."""
        access = access_of(request)
        if access.is_superuser:
            return rows
        return rows.filter(**{f"{self.organization_path}__in": access.organizations(needs)})

    # --- what may be done ---------------------------------------------------------------------------------------

    def may(self, request: HttpRequest, needs: Capability | None, row: Model | None = None) -> bool:
        """Say whether the person may do what needs `needs` to `row`, or (without one) to some row."""
        access: Access = access_of(request)
        if needs is None:
            return False
        if access.is_superuser:
            return True
        if not self.organization_path:
            return False
        return access.may_somewhere(needs) if row is None else access.may(needs, self.organization_id_of(row))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.view_needs)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.view_needs, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.add_needs)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.change_needs, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.delete_needs, obj)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404  # Django would answer with its home page, and that page would say which ids do not exist

    # --- lists --------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        filters = super().get_list_filter(request)
        return [OrganizationFilter, *filters] if self._sees_several(request) and self.organization_path else filters

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        columns = [*super().get_list_display(request)]
        has_organization = any(field.name == "organization" for field in self.opts.concrete_fields)
        return [*columns, "organization"] if has_organization and self._sees_several(request) else columns

    def get_list_select_related(self, request: HttpRequest) -> Any:
        related = [*(super().get_list_select_related(request) or ())]
        return [*related, "organization"] if "organization" in self.get_list_display(request) else related or False

    @staticmethod
    def _sees_several(request: HttpRequest) -> bool:
        access = access_of(request)
        return access.is_superuser or len(access.organizations(Capability.VIEW)) > 1

    # --- forms --------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.for_viewer(request, super().get_fieldsets(request, obj))

    def for_viewer(self, request: HttpRequest, fieldsets: Any) -> Any:
        """Return `fieldsets` without the organization for a person who has only one."""
        if self._sees_several(request):
            return fieldsets
        return [
            (title, {**options, "fields": _without_organization(options["fields"])}) for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "organization"]

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.access = access_of(request)
        form.add_needs = self.add_needs or Capability.PLATFORM
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show or save the form. What a service refuses is rolled back and shown in the form, as sent."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]  # untyped
        except DomainError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]  # picked up by `get_form`
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]  # untyped

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.audit(request, obj, "updated" if change else "created", self._changes_of(form))

    def _changes_of(self, form: Any) -> dict[str, list[Any]]:
        """Return ``{field: [before, after]}`` of a form that was saved, hiding values the audit log may not keep."""
        stored = {field.name: field for field in self.opts.concrete_fields}
        changed = [name for name in form.changed_data if name in stored]
        return {
            name: ["hidden", "hidden"]
            if name in self.audit_hides
            else [form.initial.get(name), stored[name].value_from_object(form.instance)]
            for name in changed
        }

    @staticmethod
    def adopt(obj: Any, created: Model) -> None:
        """Make the form's own new row the one a service has `created`, so that the admin goes on with that."""
        obj.pk = created.pk
        obj._state.adding = False
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.audit(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def audit(self, request: HttpRequest, row: Any, verb: str, changes: Mapping[str, list[Any]] | None = None) -> None:
        """Record what was done, for models no service writes."""
        for organization in self.audited_in(row):
            record_audit(
                organization=organization,
                action=f"{str(self.opts.verbose_name).lower().replace(' ', '_')}.{verb}",
                subject=row,
                changes=changes,
                actor=actor_of(request),
            )

    def audited_in(self, row: Any) -> Sequence[Organization | None]:
        """Return the organizations whose audit log tells of the row; None stands for the platform."""
        return [row if isinstance(row, Organization) else getattr(row, "organization", None)]

    def each(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        needs: Capability | None,
        act: Callable[[HttpRequest, Any], object],
        done: str,
    ) -> None:
        """Do `act` to each of the chosen `rows` on which the person may, and tell how many were `done`."""
        refusals: Counter[str] = Counter()
        chosen = list(self.permitted(request, rows, needs or Capability.PLATFORM)[: _MOST_AT_ONCE + 1])
        if len(chosen) > _MOST_AT_ONCE:
            self.message_user(request, f"Choose at most {_MOST_AT_ONCE} at once.", messages.ERROR)
            return
        for row in chosen:
            try:
                act(request, row)
            except DomainError as refused:
                refusals[refused.message] += 1
        tell(self, request, len(chosen) - refusals.total(), done, refusals)

    # --- history ------------------------------------------------------------------------------------------------

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what the audit log tells of the row."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return redirect(reverse("admin:organizations_auditevent_changelist", query={"q": object_id}))

    # Django's own log keeps the names of rows, and so of people, beyond their erasure: the audit log takes its place.

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Leave it to the audit log."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """Leave it to the audit log."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Leave it to the audit log."""

    # --- buttons ------------------------------------------------------------------------------------------------

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        row = self.get_object(request, object_id)
        buttons = super().get_actions_detail(request, object_id)
        return [b for b in buttons if row is not None and is_offered(self, request, b.method, row)]


def _without_organization(fields: Sequence[Any]) -> list[Any]:
    return [field for field in fields if field != "organization"]


class FactAdmin(TenantAdmin):
    """Pages of rows that state what happened: they are read, and nobody writes them here."""

    add_needs = change_needs = delete_needs = None


class BigTable:
    """What a list over millions of rows needs: no full count, no "all", an order the primary key gives for free."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_max_show_all = 0
    list_disable_select_all = True
    sortable_by: ClassVar[Sequence[str]] = ()
    # Ids are UUIDv7, so this is newest first; the tables' own orders would sort every row of every organization.
    ordering: ClassVar[Sequence[str]] = ("-id",)


class FactInline(TabularInline):  # type: ignore[misc]  # unfold publishes no types
    """Rows of facts under their parent, to be read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # whoever sees the parent's page

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
