"""What may be done to the targets chosen in the list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.models import Stage
from organizations.admin_base import BulkActions, Capability, Wish
from targets import bulk

_ONE_CAMPAIGN = "Stages belong to a campaign. Narrow the list to one campaign first."


class StageForm(forms.Form):
    stage = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    def __init__(self, data: Any, *, campaign_id: UUID) -> None:
        super().__init__(data)
        self.stages = list(Stage.objects.filter(campaign=campaign_id).order_by("position").values_list("key", "name"))
        self.fields["stage"].choices = self.stages  # type: ignore[attr-defined]  # a ChoiceField


class SelectedTargets(BulkActions):
    """The actions of the list of targets."""

    def has_operate_permission(self: Any, request: HttpRequest) -> bool:
        """Say whether the person may act on some target (the name is Django's, for `permissions`)."""
        return bool(self.may(request, Capability.OPERATE))

    @admin.action(description="Move selected to a stage", permissions=["operate"])
    def move_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        campaigns = set(queryset.order_by().values_list("campaign", flat=True).distinct()[:2])
        if len(campaigns) != 1:
            self.message_user(request, _ONE_CAMPAIGN, messages.ERROR)  # type: ignore[attr-defined]  # of the page
            return None
        form = StageForm(request.POST if "stage" in request.POST else None, campaign_id=campaigns.pop())
        options = {"stage": form.cleaned_data["stage"]} if form.is_valid() else {}
        name = dict(form.stages).get(options.get("stage"))
        title = f"Move to the stage {name}" if name else "Move to a stage"
        ask = "They stay in this stage until they are judged again. Whoever is to be contacted still is."
        return self.carry_out(request, queryset, Wish(bulk.MOVE, title, ask, options), form)

    @admin.action(description="Verify goal of selected", permissions=["operate"])
    def verify_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        ask = "Their conversations are read again, which may cost money, and they are judged by what is found."
        return self.carry_out(request, queryset, Wish(bulk.VERIFY, "Verify goals", ask))

    @admin.action(description="Begin selected again", permissions=["operate"])
    def begin_selected_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        ask = "Their outreach begins afresh: earlier calls stay on record and no longer count."
        return self.carry_out(request, queryset, Wish(bulk.BEGIN_AGAIN, "Begin again", ask))

    @admin.action(description="Never contact selected again", permissions=["operate"])
    def suppress_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        ask = "None of their addresses is contacted any more, by any campaign. Do it where they asked for it."
        return self.carry_out(request, queryset, Wish(bulk.SUPPRESS, "Never contact again", ask))

    @admin.action(description="Take selected out", permissions=["operate"])
    def take_selected_out(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        ask = "Nothing more goes out to them for their campaign. What is under way ends as it does."
        return self.carry_out(request, queryset, Wish(bulk.TAKE_OUT, "Take out", ask))

    @admin.action(description="Restore selected", permissions=["operate"])
    def bring_selected_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        ask = "They come back into their campaigns as they stood."
        return self.carry_out(request, queryset, Wish(bulk.BRING_BACK, "Bring back", ask))
