"""Report on a finished campaign: who was reached, what was said, what was not accepted and why."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from campaigns.counters import read_counters
from campaigns.models import Campaign, Stage
from lib import clock
from targets.models import CampaignTarget, Verification

EXAMPLES = 3


def figures(campaign: Campaign) -> dict[str, int]:
    """Return the numbers of the last line."""
    counters = read_counters([campaign.pk]).get(campaign.pk, {})
    channels = ("attempts.call", "attempts.whatsapp", "attempts.email")
    return {
        "targets": counters.get("targets", 0),
        "attempts": sum(counters.get(name, 0) for name in channels),
        "won": counters.get("targets.succeeded", 0),
    }


def one_line(campaign: Campaign) -> str:
    """Return the progress in a line, for output that is no terminal."""
    counters = read_counters([campaign.pk]).get(campaign.pk, {})
    done = counters.get("targets.state.done", 0) + counters.get("targets.state.suppressed", 0)
    return (
        f"{clock.now():%a %H:%M} UTC  {done}/{counters.get('targets', 0)} done,"
        f" {counters.get('attempts.call', 0)} calls, {counters.get('attempts.whatsapp', 0)} messages,"
        f" {counters.get('targets.succeeded', 0)} goals met"
    )


def print_report(console: Console, campaign: Campaign, imported: dict[str, Any]) -> None:
    """Print the whole report."""
    counters = read_counters([campaign.pk]).get(campaign.pk, {})
    console.print(_import_table(imported))
    for reason in imported["rejections"]:
        console.print(f"  rejected {reason}", markup=False, highlight=False)
    console.print(_stages(campaign, counters))
    console.print(_outcomes(counters))
    _print_goals(console, campaign)


def _import_table(imported: dict[str, Any]) -> Table:
    names = ("rows", "created", "updated", "duplicate", "rejected", "blank")
    table = Table(*names, title="Import")
    table.add_row(*(str(imported[name]) for name in names))
    return table


def _stages(campaign: Campaign, counters: dict[str, int]) -> Table:
    stages = list(Stage.objects.filter(campaign=campaign).order_by("position"))
    table = Table(*(stage.name for stage in stages), title="Funnel")
    table.add_row(*(str(counters.get(f"targets.stage.{stage.key}", 0)) for stage in stages))
    return table


def _outcomes(counters: dict[str, int]) -> Table:
    rows = {name: value for name, value in sorted(counters.items()) if name.count(".") == 2 and value}
    table = Table("outcome", "count", title="Attempts")
    for name, value in rows.items():
        if name.startswith("attempts."):
            table.add_row(name.removeprefix("attempts.").replace(".", ": ").replace("_", " "), str(value))
    reasons = {name: value for name, value in sorted(counters.items()) if name.startswith("targets.done.") and value}
    for name, value in reasons.items():
        table.add_row(f"ended: {name.removeprefix('targets.done.').replace('_', ' ')}", str(value))
    return table


def _print_goals(console: Console, campaign: Campaign) -> None:
    won = CampaignTarget.objects.filter(campaign=campaign, goal_met_at__isnull=False)
    console.print(f"Goals met: {won.count()}. In their own words:")
    for verification in Verification.objects.filter(target__in=won, verdict="met").order_by("at")[:EXAMPLES]:
        for quote in verification.quotes[:1]:
            console.print(f'  "{quote["text"]}"', markup=False)
