"""Forms that stay within one organization and show a service's refusal where the person can correct it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, Q, QuerySet, UniqueConstraint

from lib import zones
from lib.db.models import SoftDeleted
from lib.errors import DomainError
from organizations.admin_base.access import Access, Capability
from organizations.models import Organization, User

# Needed to check constraints that are unique "per organization" or "among rows that are not deleted".
_ALWAYS_KNOWN = frozenset({"organization", "deleted_at"})
_ZONE_FIELDS = ("timezone", "default_timezone")


class TypedJSONField(forms.JSONField):
    """JSON to type in: no value is an empty field, where Django shows "null"."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class TenantForm(forms.ModelForm[Any]):
    """A form over one row of one organization: it offers and accepts only what belongs to that organization.

    `access`, `add_needs` and `refusal` are set by `TenantAdmin.get_form` on a class made for the request. `refusal` is
    what the service answered to the same data a moment ago. `checked_by_service` names fields whose values the model
    would refuse in the form people type them, `field_of` the field that a service's error of some code is about.
    """

    field_of: ClassVar[Mapping[str, str]] = {}

    checked_by_service: ClassVar[frozenset[str]] = frozenset()

    access: ClassVar[Access]
    add_needs: ClassVar[Capability] = Capability.CONFIGURE
    refusal: ClassVar[DomainError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self._choose_organization()
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and name != "organization":
                self._keep_within_organization(field, getattr(self.instance, f"{name}_id", None))

    def _choose_organization(self) -> None:
        allowed = self.access.organizations(self.add_needs)
        if "organization" in self.fields:
            if not self.access.is_superuser:
                field = self.fields["organization"]
                field.required = True
                if len(allowed) == 1:
                    self.initial.setdefault("organization", next(iter(allowed)))
                field.queryset = Organization.objects.filter(pk__in=allowed)  # type: ignore[attr-defined]  # a ModelChoiceField
        elif hasattr(self.instance, "organization_id") and len(allowed) == 1:
            self.instance.organization_id = next(iter(allowed))

    @property
    def _organizations(self) -> frozenset[UUID] | None:
        """The organizations related rows may come from; None is all of them."""
        own = getattr(self.instance, "organization_id", None)
        if own is not None:
            return frozenset({own})
        return None if self.access.is_superuser else self.access.organizations(self.add_needs)

    def _keep_within_organization(self, field: forms.ModelChoiceField[Any], current: UUID | None) -> None:
        organizations = self._organizations
        rows = _offered(field.queryset.model, current)  # type: ignore[union-attr]  # every such field has rows
        if organizations is not None:
            rows = _belonging_to(rows, organizations)
        if (organizations is None or len(organizations) > 1) and _has_organization(rows):
            rows = rows.select_related("organization")
            field.label_from_instance = _named_with_organization  # type: ignore[method-assign]  # as Django documents it
        field.queryset = rows

    def _get_validation_exclusions(self) -> set[str]:
        excluded = super()._get_validation_exclusions() | self.checked_by_service  # type: ignore[misc]  # untyped, private
        return excluded - _ALWAYS_KNOWN  # type: ignore[no-any-return]  # as above

    def _update_errors(self, errors: ValidationError) -> None:
        super()._update_errors(_told(errors, self._meta.model))  # type: ignore[misc]  # untyped, private

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        organization = cleaned.get("organization")
        own = organization.pk if organization else getattr(self.instance, "organization_id", None)
        for name, value in list(cleaned.items()):
            related = getattr(value, "organization_id", own) if isinstance(value, Model) else own
            if related != own and name != "organization":
                self.add_error(name, "This belongs to another organization.")
        for name in _ZONE_FIELDS:
            if cleaned.get(name) and zones.zone(cleaned[name]) is None:
                self.add_error(name, "This is no IANA time zone, such as Europe/Rome.")
        if self.refusal is not None:
            self._show(self.refusal)
        return cleaned

    def _show(self, refusal: DomainError) -> None:
        field = self.field_of.get(refusal.code, refusal.data.get("field"))
        self.add_error(field if field in self.fields else None, ValidationError(_reasons(refusal)))


def _told(errors: ValidationError, model: type[Model]) -> ValidationError:
    """Return the errors with a sentence in place of "Constraint “…” is violated", at the field it is about."""
    told: dict[str, list[ValidationError]] = {}
    named = {constraint.get_violation_error_message(): constraint for constraint in model._meta.constraints}
    by_field = errors.error_dict if hasattr(errors, "error_dict") else {NON_FIELD_ERRORS: errors.error_list}
    for field, found in by_field.items():
        for error in found:
            broken = named.get(error.messages[0])
            if not isinstance(broken, UniqueConstraint) or not broken.fields or broken.condition is None:
                told.setdefault(field, []).append(error)
                continue
            same = [name.replace("_", " ") for name in broken.fields if name != "organization"]
            words = f"Another {model._meta.verbose_name} has the same {' and '.join(same) or 'place'}."
            told.setdefault(NON_FIELD_ERRORS, []).append(ValidationError(words))
    return ValidationError(told)


def _reasons(refusal: DomainError) -> list[str]:
    """Return what was refused in words; where a nested value is at fault, with the place of each fault."""
    faults = refusal.data.get("errors", ())
    places = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults]
    return [refusal.data.get("reason") or refusal.message, *places]


def _offered(model: type[Any], current: UUID | None) -> QuerySet[Any]:
    """Return the rows to choose from: what is not deleted, and what the form's row refers to already."""
    if not issubclass(model, SoftDeleted):
        rows: QuerySet[Any] = model._default_manager.all()
        return rows
    alive: QuerySet[Any] = model.all_objects.filter(Q(deleted_at__isnull=True) | Q(pk=current))  # type: ignore[attr-defined]  # every SoftDeleted model has it
    return alive


def _named_with_organization(obj: Any) -> str:
    return f"{obj.organization}: {obj}"


def _has_organization(rows: QuerySet[Any]) -> bool:
    return any(field.name == "organization" for field in rows.model._meta.concrete_fields)


def _belonging_to(rows: QuerySet[Any], organizations: frozenset[UUID]) -> QuerySet[Any]:
    if rows.model is User:
        return rows.filter(memberships__organization__in=organizations).distinct()
    if _has_organization(rows):
        return rows.filter(organization__in=organizations)
    return rows
