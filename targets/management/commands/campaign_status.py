from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from campaigns.counters import read_counters
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign
from lib.terminal import terminal
from targets.reevaluation import goal_progress
from targets.waiting import why_waiting


class Command(BaseCommand):
    help = "Show where a campaign stands: its targets, its attempts, and what it is waiting for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="id of the campaign")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        facts = campaign_facts(_campaign(options["campaign"]))
        if options["json"]:
            self.stdout.write(json.dumps(facts, default=str))
            return
        console = terminal()
        console.print(f"[bold]{facts['name']}[/bold]: {facts['status']}, {facts['progress']:.0%} done")
        for title in ("targets", "stages", "attempts"):
            table = Table(*facts[title], title=title.capitalize())
            table.add_row(*(str(value) for value in facts[title].values()))
            console.print(table)
        if goal := facts["goal_change"]:
            console.print(f"changed goal: {goal['judged']:,} of {goal['total']:,} targets are judged by it so far")
        if facts["waiting"]:
            waiting = ", ".join(f"{line['count']:,} {line['words']}" for line in facts["waiting"])
            console.print(f"waiting: {waiting}")


def _campaign(text: str) -> Campaign:
    try:
        campaign: Campaign = Campaign.objects.select_related("organization").get(pk=UUID(text))
    except (ValueError, ValidationError, Campaign.DoesNotExist) as error:
        raise CommandError("there is no such campaign") from error
    return campaign


def campaign_facts(campaign: Campaign) -> dict[str, Any]:
    """Return a campaign's figures from its counters, and what it waits for."""
    counters = read_counters([campaign.pk]).get(campaign.pk, {})
    progress = CampaignProgress.of(counters)
    goal = goal_progress(campaign)
    return {
        "id": campaign.pk,
        "name": campaign.name,
        "status": campaign.status,
        "progress": progress.progress,
        "targets": {
            "total": progress.contacts_total,
            "contacted": progress.contacts_contacted,
            "remaining": progress.contacts_remaining,
            "succeeded": progress.contacts_succeeded,
            "failed": progress.contacts_failed,
        },
        "stages": _named(counters, "targets.stage."),
        "attempts": _named(counters, "attempts."),
        "goal_change": asdict(goal) if goal else None,
        "waiting": [
            {"count": waiting.count, "reason": waiting.reason, "until": waiting.until, "words": waiting.words}
            for waiting in why_waiting(campaign)
        ],
    }


def _named(counters: dict[str, int], prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): value
        for name, value in sorted(counters.items())
        if name.startswith(prefix) and value
    }
