"""Tell, on the page of a campaign, what its people wait for."""

from __future__ import annotations

from django.template.loader import render_to_string

from campaigns.admin.overview import sections
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from targets.waiting import why_waiting


def waiting_card(campaign: Campaign) -> str:
    """Return the card as HTML, empty where the campaign has ended."""
    if campaign.status in (Status.COMPLETED, Status.CLOSED):
        return ""
    return render_to_string("admin/targets/waiting.html", {"reasons": why_waiting(campaign)})


sections.append(waiting_card)
