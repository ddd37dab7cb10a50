"""The top of a campaign's page: its buttons, and figures that stay true while somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.admin.overview import charts_of, overview_of
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from organizations.admin_base.operations import is_offered

STATUS_COLOURS = {
    Status.DRAFT.value: "default",
    Status.SCHEDULED.value: "info",
    Status.RUNNING.value: "success",
    Status.PAUSED.value: "warning",
    Status.COMPLETED.value: "primary",
    Status.CLOSED.value: "danger",
}
# In the card that is kept fresh, not in the page's header: what can be done changes with the campaign.
LIFECYCLE_BUTTONS = ("start", "resume", "pause", "complete")
_LOOKS = {"start": "desk-go", "resume": "desk-go", "pause": "desk-stop"}


class StartForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    at = forms.DateTimeField(
        required=False, label="Start at", widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].help_text = f"{timezone.get_current_timezone_name()}; empty: now"


class PauseForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    reason = forms.CharField(max_length=255, required=False, widget=UnfoldAdminTextInputWidget)


class CloneForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    name = forms.CharField(
        max_length=255, required=False, widget=UnfoldAdminTextInputWidget, help_text="empty: a copy of this one's"
    )


@dataclass(frozen=True, slots=True)
class Button:
    name: str
    title: str
    icon: str
    link: str
    looks: str


class CampaignDesk:
    """Add the top of the page to a campaign's form, and the address that answers with its fresh part."""

    change_form_outer_before_template = "admin/campaigns/campaign/overview.html"

    def get_urls(self) -> list[URLPattern]:
        admin: Any = self
        live = path(
            "<uuid:object_id>/live/", admin.admin_site.admin_view(self.live_view), name="campaigns_campaign_live"
        )
        return [live, *super().get_urls()]  # type: ignore[misc]  # of the ModelAdmin this is mixed into

    def live_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Answer with the part of the page that changes by itself, or with what its charts show.

        Another organization's campaign is not found.
        """
        admin: Any = self
        campaign = admin.get_object(request, str(object_id))
        if campaign is None:
            raise Http404
        if not admin.has_view_permission(request, campaign):
            raise PermissionDenied
        if request.GET.get("part") == "charts":
            return render(request, "admin/campaigns/campaign/figures.html", {"charts": charts_of(campaign)})
        return render(request, "admin/campaigns/campaign/live.html", self.live_context(request, campaign))

    def live_context(self, request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
        """Return what the fresh part shows; a constant number of queries."""
        return {
            **overview_of(campaign),
            "campaign": campaign,
            "status_colour": STATUS_COLOURS[campaign.status],
            "buttons": self._buttons(request, campaign),
        }

    def _buttons(self, request: HttpRequest, campaign: Campaign) -> Sequence[Button]:
        methods = {name: getattr(self, name) for name in LIFECYCLE_BUTTONS}
        return [
            Button(
                name=name,
                title=method.short_description,
                icon=method.icon,
                link=reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk]),
                looks=_LOOKS.get(name, "desk-plain"),
            )
            for name, method in methods.items()
            if is_offered(self, request, method, campaign)
        ]

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        buttons: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # as above
        return [button for button in buttons if button.method.__name__ not in LIFECYCLE_BUTTONS]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if context.get("original") is not None:
            admin: Any = self
            # The form's own instance carries what was typed, even where it was refused.
            campaign = admin.get_object(request, str(context["original"].pk))
            context.update(self.live_context(request, campaign), charts=charts_of(campaign))
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc,no-any-return]  # as above
