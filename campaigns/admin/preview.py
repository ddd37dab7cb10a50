"""Say in words, while somebody types, what their hours and retries would mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import URLPattern, path

from lib.errors import DomainError, InvalidField


class PolicyPreview:
    """Add to a form's page an address that answers what was typed so far with a sentence, and saves nothing.

    `policy_fields` are the form's fields the sentence depends on.
    """

    policy_fields: ClassVar[Sequence[str]] = ()

    def preview(self, row: Any, typed: Mapping[str, Any]) -> str:
        """Return the sentence for the unsaved `row` with what was typed. Raises DomainError."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        admin: Any = self
        name = f"{admin.opts.app_label}_{admin.opts.model_name}_preview"
        view = admin.admin_site.admin_view(self.preview_view)
        return [
            path("preview/", view, name=f"{name}_new"),
            path("<uuid:object_id>/preview/", view, name=name),
            *super().get_urls(),  # type: ignore[misc]  # of the ModelAdmin this is mixed into
        ]

    def preview_view(self, request: HttpRequest, object_id: Any = None) -> HttpResponse:
        """Answer a form as it stands, for whoever may save it. Another organization's row is not found."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        admin: Any = self
        form = admin.get_form(request, self._row(request, object_id), change=object_id is not None)(
            request.POST, instance=self._row(request, object_id)
        )
        wrong = {name: reasons for name, reasons in form.errors.items() if name in self.policy_fields}
        faults = [f"{form.fields[name].label}: {reasons[0]}" for name, reasons in wrong.items()]
        sentence = ""
        if not faults:
            try:
                sentence = self._sentence(request, form, object_id)
            except DomainError as refusal:
                faults = [refusal.message]
        return render(request, "admin/campaigns/policy_words.html", {"sentence": sentence, "faults": faults})

    def _sentence(self, request: HttpRequest, form: Any, object_id: Any) -> str:
        # Afresh: the form's own row holds what was typed already, checked or not.
        row = self._row(request, object_id)
        if row is None:
            admin: Any = self
            if form.instance.organization_id is None:
                raise InvalidField("organization", "choose the organization first")
            row = admin.model(organization=form.instance.organization, name="new")
        return self.preview(row, {name: form.cleaned_data[name] for name in self.policy_fields})

    def _row(self, request: HttpRequest, object_id: Any) -> Any:
        admin: Any = self
        if object_id is None:
            if not admin.has_add_permission(request):
                raise PermissionDenied
            return None
        row = admin.get_object(request, str(object_id))
        if row is None:
            raise Http404
        if not admin.has_change_permission(request, row):
            raise PermissionDenied
        return row
