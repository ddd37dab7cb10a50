"""Do something to the chosen rows of a list: to a page of them at once, to more of them by workers, after asking."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.forms import BaseDialogForm

from organizations.admin_base.access import actor_of
from organizations.admin_base.telling import tell
from organizations.bulk_actions import BulkAction, Options
from organizations.models import Organization
from organizations.services.bulk_jobs import do_to_row, queue_bulk_job

AT_ONCE = 100  # rows seen to while the browser waits
MOST = 100_000  # rows of one job


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done: the action, in which words it is told of, and what it is told."""

    action: BulkAction
    title: str
    ask: str = ""
    options: Options = field(default_factory=dict)


class BulkActions:
    """Let the actions of a list reach all of its pages."""

    list_disable_select_all = False

    def carry_out(
        self: Any, request: HttpRequest, rows: QuerySet[Any], wish: Wish, form: BaseDialogForm | None = None
    ) -> HttpResponse | None:
        """Do what is wished to those of `rows` on which the person may; return the page that comes next, None for
        the list.

        With an unbound or invalid `form`, and before more than `AT_ONCE` rows, a page asks first.
        """
        chosen = self.permitted(request, rows, wish.action.needs).order_by()
        count = chosen[: MOST + 1].count()
        organizations = list(chosen.values_list(self.organization_path, flat=True).distinct()[:2])
        at_once = 0 if wish.action.asks_outside else AT_ONCE
        why_not = _why_not(count, len(organizations), at_once)
        if why_not:
            self.message_user(request, why_not, messages.ERROR)
            return None
        is_asked = form is not None and not form.is_valid()
        if is_asked or (count > AT_ONCE and "confirmed" not in request.POST):
            return _asked(self, request, wish, count, form)
        if count <= at_once:
            _do_at_once(self, request, chosen, wish)
            return None
        return _queued(request, organizations[0], chosen, wish)


def _do_at_once(model_admin: Any, request: HttpRequest, chosen: QuerySet[Any], wish: Wish) -> None:
    actor, reasons = actor_of(request), Counter[str]()
    for row in wish.action.rows().filter(pk__in=list(chosen.values_list("pk", flat=True))).order_by("pk"):
        _counter, reason = do_to_row(wish.action, row, actor, wish.options)
        reasons[reason] += 1
    succeeded = reasons.pop("", 0)
    tell(model_admin, request, succeeded, wish.action.done, reasons)


def _why_not(rows: int, organizations: int, at_once: int) -> str:
    if not rows:
        return "You may not do this to any of them."
    if rows > MOST:
        return f"Choose at most {MOST:,} at once: narrow the list with a filter."
    if rows > at_once and organizations > 1:
        return "These belong to several organizations. Narrow the list to one of them first."
    return ""


def _asked(model_admin: Any, request: HttpRequest, wish: Wish, rows: int, form: Any) -> HttpResponse:
    """Show what would be done to how many, and whatever else must be said before."""
    kept = {name: request.POST[name] for name in ("action", "select_across", "index") if name in request.POST}
    context = {
        **model_admin.admin_site.each_context(request),
        "title": wish.title,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "wish": wish,
        "rows": rows,
        "in_background": rows > AT_ONCE,
        "form": form,
        "kept": kept,
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/organizations/bulkjob/ask.html", context)


def _queued(request: HttpRequest, organization_id: UUID, chosen: QuerySet[Any], wish: Wish) -> HttpResponse:
    job = queue_bulk_job(
        organization=Organization.objects.get(pk=organization_id),
        action=wish.action,
        title=wish.title,
        rows=chosen,
        options=wish.options,
        actor=actor_of(request),
    )
    return redirect(reverse("admin:organizations_bulkjob_change", args=[job.pk]))
