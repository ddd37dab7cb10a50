from __future__ import annotations

import io
import json
import os
import sys
import time
from argparse import ArgumentParser
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.live import Live

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from lib import clock
from lib.terminal import terminal
from organizations.models import ApiKey, Organization
from organizations.services import issue_api_key
from targets.demo import api, report
from targets.demo.progress import progress_table
from targets.invariants import check_against_provider, check_invariants, meaning
from targets.management.commands.check_invariants import placed_calls
from targets.simulation import connect_to_simulator, write_simulator_accounts

SLUG = "demo"
# Live calls at once; at this speed a line is mostly waiting for us.
LINES = 14
POLL_SECONDS = 0.5
LINE_SECONDS = 5.0


class Command(BaseCommand):
    help = "Run a whole campaign against the simulator and report on it. Meant to be started by `make demo`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=Path, required=True, help="CSV or XLSX of the customers")
        parser.add_argument("--simulator-log", type=Path, required=True)
        parser.add_argument(
            "--limit-seconds", type=float, default=300.0, help="give up after this long (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = terminal()
        organization = self._prepare()
        imported = self._import(organization, options["people"])
        campaign = Campaign.objects.get(pk=imported["campaign"])
        finished = self._watch(campaign, options["limit_seconds"])
        campaign.refresh_from_db()
        report.print_report(self.console, campaign, imported["import"])
        broken = self._check(options["simulator_log"])
        self._last_line(campaign, finished, broken)

    def _prepare(self) -> Organization:
        rate = clock.rate()
        self.console.print(
            f"It is {clock.now():%A %H:%M} UTC here: time is simulated, {rate:.0f} times as fast as yours, so that"
            " everybody's working hours come round at any hour of your day."
        )
        call_command("create_organization", "Demo", slug=SLUG, region="GB", stdout=io.StringIO())
        organization: Organization = Organization.objects.get(slug=SLUG)
        organization.concurrency_limit = LINES
        organization.save()
        connect_to_simulator(organization, number="+442079460199")
        write_simulator_accounts(Path(os.environ["SIMULATOR_ACCOUNTS"]))
        return organization

    def _import(self, organization: Organization, people: Path) -> dict[str, Any]:
        """Create the campaign over the REST API, fill it by the import command, and start it."""
        key = issue_api_key(organization=organization, kind=ApiKey.Kind.UMANIZE, name="demo").token
        client = api.Client(os.environ["PUBLIC_URL"], key)
        campaign_id = client.create_campaign()
        output = io.StringIO()
        with redirect_stdout(output):
            try:
                call_command(
                    "import_customers",
                    str(people),
                    organization=SLUG,
                    campaign=campaign_id,
                    json=True,
                    stdout=output,
                )
            except SystemExit as exit_code:
                if exit_code.code != 2:  # 2: some rows were rejected, which is what the sample is for
                    raise
        client.start(campaign_id)
        return {"campaign": campaign_id, "import": json.loads(output.getvalue())}

    def _watch(self, campaign: Campaign, limit_seconds: float) -> bool:
        """Show progress until the campaign completes by itself; False where that took too long."""
        stop = time.monotonic() + limit_seconds
        lines = 0.0
        with Live(console=self.console, auto_refresh=False, transient=True) as live:
            while time.monotonic() < stop:
                campaign.refresh_from_db()
                if self.console.is_terminal:
                    live.update(progress_table(campaign), refresh=True)
                elif time.monotonic() - lines >= LINE_SECONDS:
                    lines = time.monotonic()
                    self.console.print(report.one_line(campaign))
                if campaign.status == Status.COMPLETED:
                    return True
                time.sleep(POLL_SECONDS)
        return False

    def _check(self, simulator_log: Path) -> int:
        results = check_invariants() | check_against_provider(lambda: placed_calls(simulator_log))
        broken = {name: rows for name, rows in results.items() if rows}
        for name, rows in broken.items():
            self.console.print(f"[red]{name}: {meaning(name)}: {len(rows)}, such as {rows[0]}[/red]")
        return len(broken)

    def _last_line(self, campaign: Campaign, finished: bool, broken: int) -> None:
        figures = report.figures(campaign)
        words = (
            f"{figures['targets']} targets, {figures['attempts']} attempts, {figures['won']} won,"
            f" {broken} invariants broken"
        )
        if not finished:
            raise CommandError(f"the campaign did not complete in time: {words}")
        self.stdout.write(f"demo {'ok' if not broken else 'failed'}: {words}")
        if broken:
            sys.exit(1)
