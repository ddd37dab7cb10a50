"""What the page of a campaign tells of its people: what they wait for, who is called next, and how it has gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.template.loader import render_to_string
from django.utils import timezone

from campaigns.admin.configuration import ConfigurationAdmin
from campaigns.admin.overview import ChartCard, chart_sources, sections
from campaigns.counters import read_counters
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from lib import clock
from organizations.admin_base.charts import Series, calls_by_hour, calls_by_outcome, line
from targets.admin.story import CHANNELS
from targets.configurations import change_configuration
from targets.figures import MOST_ATTEMPTS, GoalDay, campaign_calls_since, goals_by_day
from targets.models import CampaignTarget
from targets.reevaluation import goal_progress
from targets.waiting import why_waiting

_NEXT_SHOWN = 6
_HOURS_SHOWN = 24
_DAYS_SHOWN = 14


def waiting_card(campaign: Campaign) -> str:
    """Return the card as HTML, empty where the campaign has ended."""
    if campaign.status in (Status.COMPLETED, Status.CLOSED):
        return ""
    return render_to_string("admin/targets/waiting.html", {"reasons": why_waiting(campaign)})


def goal_card(campaign: Campaign) -> str:
    """Return how far a changed goal has come as HTML, empty where nobody is left to be judged by it."""
    progress = goal_progress(campaign)
    return render_to_string("admin/targets/goal_progress.html", {"goal": progress}) if progress else ""


def next_card(campaign: Campaign) -> str:
    """Return who is contacted next as HTML, empty where the campaign is not running."""
    if campaign.status != Status.RUNNING:
        return ""
    targets = CampaignTarget.objects.next_of(campaign.pk, _NEXT_SHOWN)
    context = {"steps": [(target, CHANNELS[target.next_channel]) for target in targets], "now": clock.now()}
    return render_to_string("admin/targets/next.html", context)


def campaign_charts(campaign: Campaign) -> Sequence[ChartCard]:
    """Return how the campaign's calls went: of all time, of the last day by hour, and its goals by day."""
    now = clock.now()
    hour = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    since = hour - timedelta(hours=_HOURS_SHOWN - 1)
    hours = campaign_calls_since(campaign.pk, since)
    counters = read_counters([campaign.pk])[campaign.pk]
    by_hour = calls_by_hour(hours, since, now, empty="No calls lately.")
    by_outcome = calls_by_outcome(_outcomes(counters), empty="No calls yet.")
    by_day = _goal_chart(goals_by_day(campaign.pk, _days(now)))
    newest = f", of the newest {MOST_ATTEMPTS:,}" if sum(_outcomes(counters).values()) > MOST_ATTEMPTS else ""
    return [
        ChartCard("hours", "Calls by hour", f"last 24 hours{newest}", by_hour),
        ChartCard("outcomes", "What became of the calls", "all of them", by_outcome),
        ChartCard("goals", "Goal rate", f"of the people reached each day{newest}", by_day),
    ]


def _days(now: datetime) -> list[datetime]:
    """Return when each of the latest days began where the viewer is."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    zone = timezone.get_current_timezone()
    return [(today - timedelta(days=ago)).replace(tzinfo=zone) for ago in range(_DAYS_SHOWN - 1, -1, -1)]


def _goal_chart(days: Sequence[GoalDay]) -> dict[str, object]:
    labels = [f"{timezone.localtime(day.starts):%d %b}" for day in days]
    rates = [round(100 * day.met / day.reached, 1) if day.reached else None for day in days]
    told = (f"{label} {day.met} of {day.reached}" for label, day in zip(labels, days, strict=True) if day.reached)
    empty = "" if any(day.reached for day in days) else "Nobody was reached in these two weeks."
    words = "Goals met by day, of the people reached: " + "; ".join(told)
    return line(labels, [Series("goal met", rates, "good")], words=words, empty=empty, unit="%")


def _outcomes(counters: dict[str, int]) -> dict[str, int]:
    """Return a campaign's calls by what became of them, in the words of the charts."""
    ends = ("answered", "voicemail", "no_answer", "busy", "failed")
    found = {name: counters.get(f"attempts.call.{name}", 0) for name in ends}
    found["live"] = sum(counters.get(f"attempts.call.{name}", 0) for name in ("pending", "in_progress"))
    found["unknown"] = max(counters.get("attempts.call", 0) - sum(found.values()), 0)
    return found


sections += [goal_card, waiting_card, next_card]
chart_sources.append(campaign_charts)
# Whoever was put off by hours that are others now is looked at again; configurations themselves know of no targets.
ConfigurationAdmin.update_service = staticmethod(change_configuration)
