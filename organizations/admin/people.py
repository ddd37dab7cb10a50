from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.db import transaction
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from lib.errors import DomainError, InvalidField
from organizations.admin_base import Capability, TenantAdmin, TenantForm, access_of, actor_of, column, operation
from organizations.models import Membership, Organization, Role, User
from organizations.services import add_member, create_user

_PASSWORD = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})


class RoleTooHigh(DomainError):
    """Say that somebody tried to hand out a role above their own."""

    code = "role_too_high"

    def __init__(self) -> None:
        super().__init__("Only an owner can make or change owners.", field="role")


class UserAddForm(TenantForm):
    """A new person, and what they may do where."""

    field_of: ClassVar[Mapping[str, str]] = {"duplicate_email": "email", "weak_password": "password"}

    email = forms.EmailField(widget=UnfoldAdminEmailInputWidget)
    password = forms.CharField(
        widget=_PASSWORD, strip=False, help_text=" ".join(map(str, password_validators_help_texts()))
    )
    organization = forms.ModelChoiceField(
        Organization.objects.all(), required=False, widget=UnfoldAdminSelectWidget, help_text="where they will work"
    )
    role = forms.ChoiceField(choices=Role, initial=Role.OPERATOR, widget=UnfoldAdminSelectWidget)


class PasswordForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    password = forms.CharField(widget=_PASSWORD, strip=False)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, User.objects.filter(pk=self.object_id).first())
        return password


@admin.register(User)
class UserAdmin(TenantAdmin):
    """People who log in. Those of an organization's admins who share all their organizations may change them."""

    organization_path = "memberships__organization_id"
    audit_hides = frozenset({"email", "name"})
    delete_needs = None  # what they did stays theirs: take "active" away instead
    list_display = ("email", "name", "works_in", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    actions_detail = ("set_password",)
    readonly_fields = ("last_login", "created_at", "works_in")
    fieldsets = (
        (None, {"fields": ("email", "name", "works_in")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "password", "is_staff")}),
        ("Work", {"fields": ("organization", "role"), "description": "More memberships can be added later."}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        access = access_of(request)
        memberships = Membership.objects.select_related("organization")
        rows = User.objects.order_by("email")
        if not access.is_superuser:
            memberships = memberships.filter(organization__in=access.organizations(Capability.VIEW))
            rows = rows.filter(pk__in=memberships.values("user_id"))
        return rows.prefetch_related(Prefetch("memberships", memberships, to_attr="visible_memberships"))

    def may(self, request: HttpRequest, needs: Capability | None, row: Model | None = None) -> bool:
        access = access_of(request)
        if not isinstance(row, User) or needs is None or access.is_superuser:
            return super().may(request, needs)
        memberships = list(row.memberships.all())
        if needs is Capability.VIEW:
            return any(access.may(needs, m.organization_id) for m in memberships)
        within = all(access.may(needs, m.organization_id) for m in memberships)
        not_above = all(access.may_grant(m.role, m.organization_id) for m in memberships)
        return bool(memberships) and within and not_above and not row.is_superuser

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = UserAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = self.fieldsets if obj else self.add_fieldsets
        if access_of(request).is_superuser:
            return fieldsets
        return [(title, {**o, "fields": [f for f in o["fields"] if f != "is_superuser"]}) for title, o in fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        data = form.cleaned_data
        if data["organization"] and not access_of(request).may_grant(data["role"], data["organization"].pk):
            raise RoleTooHigh
        user = create_user(email=data["email"], password=data["password"], name=data["name"], is_staff=data["is_staff"])
        if data["organization"]:
            add_member(organization=data["organization"], user=user, role=data["role"], actor=actor_of(request))
        self.adopt(obj, user)
        self.audit(request, user, "created")

    def audited_in(self, row: Any) -> Sequence[Organization | None]:
        """Return every organization the person works in: each of them has to see it."""
        works_in = [membership.organization for membership in row.memberships.select_related("organization")]
        return works_in or [None]

    @column("Works in")
    def works_in(self, user: Any) -> str:
        return ", ".join(f"{m.organization} ({m.role})" for m in getattr(user, "visible_memberships", ()))

    @operation(
        "Set password",
        needs=Capability.CONFIGURE,
        ask="The person is logged out everywhere and logs in with the new password.",
        icon="key",
        form=PasswordForm,
    )
    def set_password(self, request: HttpRequest, form: PasswordForm, row: User) -> str:
        with transaction.atomic():
            row.set_password(form.cleaned_data["password"])
            row.save(update_fields=["password", "updated_at"])
            self.audit(request, row, "password_set")
        return "The password was set."


class MembershipAddForm(TenantForm):
    """Somebody who has an account, found by their address."""

    field_of: ClassVar[Mapping[str, str]] = {"already_member": "email"}

    email = forms.EmailField(
        widget=UnfoldAdminEmailInputWidget, help_text="of a person with an account; add new people under Users"
    )


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    list_display = ("user", "role", "created_at")
    list_filter: ClassVar[Any] = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    readonly_fields = ("user",)
    fieldsets = ((None, {"fields": ("organization", "user", "role")}),)
    add_fieldsets = ((None, {"fields": ("organization", "email", "role")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = MembershipAddForm
        return super().get_form(request, obj, change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_grant(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_grant(request, obj)

    @staticmethod
    def _may_grant(request: HttpRequest, obj: Membership | None) -> bool:
        return obj is None or access_of(request).may_grant(obj.role, obj.organization_id)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if not self._may_grant(request, obj):
            raise RoleTooHigh
        if change:
            super().save_model(request, obj, form, change)
            return
        user = User.objects.filter(email=form.cleaned_data["email"].lower()).first()
        if user is None:
            raise InvalidField("email", "Nobody has an account with this address.")
        member = add_member(organization=obj.organization, user=user, role=Role(obj.role), actor=actor_of(request))
        self.adopt(obj, member)
