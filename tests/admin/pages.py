"""Name the pages of the admin, of every model there is."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from organizations.models import Organization

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
NAMES = [model._meta.label for model in MODELS]

# Models whose rows have no organization, or which are about the platform's machinery.
OF_THE_PLATFORM = {
    "campaigns.CampaignEvent",
    "organizations.IdempotencyKey",
    "organizations.SystemFlag",
    "targets.InboxEvent",
    "targets.OutboxMessage",
}


def page(model: type[Model], kind: str, *args: Any) -> str:
    """Return the address of a page: `kind` is changelist, add, change, history, or the name of a button."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def rows_of(model: type[Model], organization: Organization) -> list[Any]:
    """Return the rows of `model` that belong to `organization`, as its page finds out whose they are."""
    pages: Any = admin.site.get_model_admin(model)
    if not pages.organization_path:
        return list(pages.rows())
    return list(pages.rows().filter(**{pages.organization_path: organization.pk}).distinct())


def complaints(response: Any) -> dict[str, Any]:
    """Return what a form page found wrong with what was sent, by field; nothing where it was saved."""
    if response.status_code == 302:
        return {}
    found = dict(response.context["adminform"].form.errors)
    for inline in response.context["inline_admin_formsets"]:
        found |= {str(index): errors for index, errors in enumerate(inline.formset.errors) if errors}
    return found
