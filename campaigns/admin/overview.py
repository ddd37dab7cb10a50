"""Say in words and numbers what a campaign does and how far it is, for the top of its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.counters import read_counters
from campaigns.goals import AiObjective, ContactObjective, EmailObjective, GoalSpec, stored_goal
from campaigns.lifecycle import Status
from campaigns.metrics import CampaignMetrics, CampaignProgress
from campaigns.models import ActivityEvent, Campaign
from campaigns.policy import ContactPolicy, words
from campaigns.readiness import check_readiness
from organizations.admin_base.charts import Chart


@dataclass(frozen=True, slots=True)
class ChartCard:
    """One chart of the page; `name` is its id there."""

    name: str
    title: str
    note: str
    figures: Chart

    @property
    def data_id(self) -> str:
        return f"{self.name}-data"


# What the apps above campaigns add to the page: functions that return a card as HTML, "" for none, and charts.
sections: list[Callable[[Campaign], str]] = []
chart_sources: list[Callable[[Campaign], Sequence[ChartCard]]] = []

_ACTIVITY_SHOWN = 8


@dataclass(frozen=True, slots=True)
class StageLine:
    """One column of the board, and how many of all the contacts stand in it."""

    name: str
    key: str
    semantic_type: str
    count: int
    total: int

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.total) if self.total else 0


def describe_goal(spec: GoalSpec, logic: str) -> str:
    """Return the objectives as one sentence."""
    if not spec.objectives:
        return "No objectives: the goal is never met."
    joined = f" {'and' if logic == 'all' else 'or'} ".join(_describe_objective(o) for o in spec.objectives)
    return f"{joined[0].upper()}{joined[1:]}."


def _describe_objective(objective: ContactObjective | EmailObjective | AiObjective) -> str:
    match objective:
        case ContactObjective(channels=channels, min_count=least):
            return f"{_times(least)} reached by {' or '.join(channels or ['call', 'whatsapp'])}"
        case EmailObjective(min_count=least):
            return f"{_times(least)} sent an email"
        case AiObjective(label_in=labels, min_score=least_score):
            score = f" with a score of {least_score:g} or more" if least_score else ""
            return f"the conversation reads as {' or '.join(labels or ['positive'])}{score}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def charts_of(campaign: Campaign) -> list[ChartCard]:
    """Return the charts of a campaign's page; a constant number of queries."""
    return [card for source in chart_sources for card in source(campaign)]


def overview_of(campaign: Campaign) -> dict[str, Any]:
    """Return what the top of a campaign's page shows; a constant number of queries."""
    counters = read_counters([campaign.pk])[campaign.pk]
    activity = ActivityEvent.objects.filter(campaign=campaign).select_related("user")
    starting = campaign.status in (Status.DRAFT, Status.SCHEDULED, Status.PAUSED)
    return {
        "policy": words(ContactPolicy.of(campaign)),
        "goal": describe_goal(stored_goal(campaign.goal_spec), campaign.goal_logic),
        "progress": CampaignProgress.of(counters),
        "tiles": _tiles(CampaignMetrics.of(counters)),
        "funnel": _funnel(campaign, counters),
        "readiness": check_readiness(campaign) if starting else None,
        "sections": [section(campaign) for section in sections],
        "activity": [(event, activity_in_words(event)) for event in activity[:_ACTIVITY_SHOWN]],
    }


def _funnel(campaign: Campaign, counters: Mapping[str, int]) -> list[StageLine]:
    """Return the campaign's columns with how many people stand in each, those of no column of its own included."""
    stages = list(campaign.stages.all())
    total = counters.get("targets", 0)
    lines = [
        StageLine(stage.name, stage.key, stage.semantic_type, counters.get(f"targets.stage.{stage.key}", 0), total)
        for stage in stages
    ]
    left = total - sum(line.count for line in lines)
    return [*lines, StageLine("in no stage of this campaign", "", "lost", left, total)] if left > 0 else lines


def activity_in_words(event: ActivityEvent) -> str:
    """Return a line of the timeline as people read it, such as ``campaign updated: name, goal``."""
    told = event.kind.replace(".", " ").replace("_", " ")
    if event.kind == "target.staged" and len(event.data.get("stage", ())) == 2:
        before, after = event.data["stage"]
        return f"somebody moved from {before} to {after}"
    named = ", ".join(name.removesuffix("_id").replace("_", " ") for name in event.data)
    return f"{told}: {named}" if event.kind.endswith(".updated") and named else told


def _tiles(metrics: CampaignMetrics) -> list[tuple[str, str, str]]:
    """Return (label, number, explanation) of the numbers people ask for first."""
    return [
        ("Contacts", f"{metrics.contacts_total:,}", f"{metrics.contacts_remaining:,} still to work on"),
        ("Contacted", f"{metrics.contacts_contacted:,}", f"{metrics.contact_rate:.0%} of all"),
        ("Goal met", f"{metrics.contacts_succeeded:,}", f"{metrics.success_rate:.0%} of those contacted"),
        ("Without success", f"{metrics.contacts_failed:,}", f"{metrics.contacts_to_recall:,} to call again"),
        ("Calls", f"{metrics.calls_total:,}", f"{metrics.calls_answered:,} answered"),
        (
            "Not answered",
            f"{metrics.calls_no_answer + metrics.calls_busy + metrics.calls_voicemail:,}",
            "busy, voicemail, no answer",
        ),
        ("WhatsApp sent", f"{metrics.whatsapp_sent_total:,}", f"{metrics.whatsapp_pending:,} on their way"),
        (
            "To follow up",
            f"{metrics.follow_up_required_total:,}",
            f"{metrics.callback_requested_total:,} asked for a call back, "
            f"{metrics.escalation_required_total:,} for somebody in charge",
        ),
    ]
