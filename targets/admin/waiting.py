"""Tell, on the page of a running campaign, what its people wait for."""

from __future__ import annotations

from django.template.loader import render_to_string

from campaigns.admin.overview import sections
from campaigns.counters import read_counters
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from targets.waiting import why_waiting

# The answer looks at every unfinished target, which a page has no time for beyond this many.
_MOST_TARGETS = 100_000


def waiting_card(campaign: Campaign) -> str:
    """Return the card as HTML, empty where the campaign does not run or is too big to ask."""
    if campaign.status != Status.RUNNING or read_counters([campaign.pk])[campaign.pk].get("targets", 0) > _MOST_TARGETS:
        return ""
    return render_to_string("admin/targets/waiting.html", {"reasons": why_waiting(campaign)})


sections.append(waiting_card)
