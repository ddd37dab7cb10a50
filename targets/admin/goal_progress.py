"""Tell, on the page of a campaign with many people, how far a changed goal has come."""

from __future__ import annotations

from django.template.loader import render_to_string

from campaigns.admin.overview import sections
from campaigns.models import Campaign
from targets.reevaluation import goal_progress


def goal_card(campaign: Campaign) -> str:
    """Return the card as HTML, empty where nobody is left to be judged by a new goal."""
    progress = goal_progress(campaign)
    return render_to_string("admin/targets/goal_progress.html", {"goal": progress}) if progress else ""


sections.append(goal_card)
