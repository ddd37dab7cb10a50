"""Buttons that change a row: each asks first, is refused to those without the capability, and calls one service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.dataclasses import ActionDialog
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from lib.errors import DomainError
from organizations.admin_base.access import Capability


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation has done, in words, and the row whose page is to be shown next, of the same model."""

    words: str
    row: Model


Handler = Callable[[Any, HttpRequest, Any, Any], "str | Done"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may start an operation, and on which rows it makes sense.

    `needs` may also name the attribute of the ModelAdmin that holds the capability.
    """

    needs: Capability | str
    offered: Callable[[Any], bool]

    def allows(self, model_admin: Any, request: HttpRequest, row: Model) -> bool:
        needs = getattr(model_admin, self.needs) if isinstance(self.needs, str) else self.needs
        return bool(model_admin.may(request, needs, row))


def operation(
    title: str,
    *,
    needs: Capability | str,
    ask: str,
    icon: str,
    offered: Callable[[Any], bool] = lambda row: True,
    form: type[BaseDialogForm] = BaseDialogForm,
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Handler], Any]:
    """Turn ``method(self, request, form, row) -> message`` into a button of the row's page.

    The button opens a dialog that says `ask` and shows `form`. The row is looked up among those the person may see,
    and changed only by POST. A `DomainError` becomes an error message; the returned text a success message, above the
    row's page or that of the row in the returned `Done`.
    """

    def decorate(handler: Handler) -> Any:
        def confirmed(model_admin: Any, request: HttpRequest, dialog_form: Any, object_id: str) -> HttpResponse:
            row = model_admin.get_object(request, object_id)
            try:
                done = handler(model_admin, request, dialog_form, row)
                words, row = (done.words, done.row) if isinstance(done, Done) else (done, row)
                messages.success(request, words)
            except DomainError as refused:
                messages.error(request, sentence(refused.data.get("reason") or refused.message))
            return _back_to(model_admin, row)

        dialog = ActionDialog(title=title, description=ask, form_class=form, form_submit_text=title)
        confirmed.__name__ = handler.__name__
        button = action(description=title, icon=icon, variant=variant, dialog=dialog)(confirmed)
        rule = Rule(needs, offered)

        @wraps(button)
        def checked(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
            _require(model_admin, request, object_id, rule)
            return button(model_admin, request, object_id=object_id)  # type: ignore[no-any-return]  # untyped

        checked.rule = rule  # type: ignore[attr-defined]  # read by `is_offered`
        return checked

    return decorate


def sentence(text: str) -> str:
    """Return a service's words as a sentence of their own."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _require(model_admin: Any, request: HttpRequest, object_id: str, rule: Rule) -> None:
    row = model_admin.get_object(request, object_id)
    if row is None:
        raise Http404
    if not rule.allows(model_admin, request, row):
        raise PermissionDenied


def is_offered(model_admin: Any, request: HttpRequest, method: Any, row: Model) -> bool:
    """Say whether the button of `method` appears on the page of `row`."""
    rule: Rule = method.rule
    return rule.allows(model_admin, request, row) and rule.offered(row)


def _back_to(model_admin: Any, row: Model) -> HttpResponse:
    meta = model_admin.opts
    page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    # The dialog is sent by htmx, which would put a plain redirect's page inside the dialog.
    return HttpResponse(headers={"HX-Redirect": page})
