"""Show a running campaign in the terminal."""

from __future__ import annotations

from rich.table import Table

from campaigns.counters import read_counters
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign
from lib import clock
from targets.waiting import why_waiting

WIDTH = 40


def progress_table(campaign: Campaign) -> Table:
    """Return what an operator wants to see: the time, how far it is, who is being called, what the rest waits for."""
    counters = read_counters([campaign.pk]).get(campaign.pk, {})
    progress = CampaignProgress.of(counters)
    table = Table.grid(padding=(0, 2))
    table.add_row("simulated time", f"{clock.now():%A %H:%M} UTC")
    filled = round(progress.progress * WIDTH)
    table.add_row(
        "done", f"{'█' * filled}{'░' * (WIDTH - filled)} {progress.progress:.0%} of {progress.contacts_total}"
    )
    table.add_row("in calls now", str(counters.get("attempts.call.in_progress", 0)))
    table.add_row("calls", _calls(counters))
    table.add_row("WhatsApp sent", str(counters.get("attempts.whatsapp.sent", 0)))
    table.add_row("goal met", f"[green]{progress.contacts_succeeded}[/green]")
    for waiting in why_waiting(campaign)[:4]:
        table.add_row("waiting", str(waiting))
    return table


def _calls(counters: dict[str, int]) -> str:
    kinds = ("answered", "voicemail", "no_answer", "busy", "failed")
    return ", ".join(f"{counters.get(f'attempts.call.{kind}', 0)} {kind.replace('_', ' ')}" for kind in kinds)
