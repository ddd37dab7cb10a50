"""The state machine: any order of everything that can happen to the engine, judged after every step.

`MACHINE_SIZE` chooses how much of it is run: ``everyday`` (8 examples of 30 steps, the default), ``ci`` (200 of 50)
or ``long`` (5,000 of 100). Every run has a seed of its own, which a failure prints; what was found before is kept in
tests/targets as tests with names.

After every step no invariant is broken, and the machine's own facts hold (`machine_facts`). At the end everything is
healed and driven to rest: nobody is live, nobody waits, nothing was lost.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from campaigns.models import Campaign, Configuration
from campaigns.services.campaigns import restore_campaign
from campaigns.services.lifecycle import start_campaign
from lib import crash_points
from organizations.models import Blackout, Organization, PhoneNumber, ProviderAccount
from organizations.switches import set_dialing
from targets.completion import complete_finished_campaigns
from targets.invariants import check_against_provider, check_invariants
from targets.models import Attempt, CampaignTarget
from targets.optout_pass import apply_suppressions
from tests.faults.machine_engine import EngineRules
from tests.faults.machine_operator import OperatorRules
from tests.faults.machine_world import ALWAYS, unfinished, waiting_queues

SIZES: Mapping[str, tuple[int, int]] = {"everyday": (8, 30), "ci": (200, 50), "long": (5_000, 100)}
_ROUNDS = 40


def machine_settings() -> settings:
    """Return how much is run, by `MACHINE_SIZE`."""
    examples, steps = SIZES[os.environ.get("MACHINE_SIZE", "everyday")]
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=False,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


class OutboundMachine(EngineRules, OperatorRules):
    """The whole machine."""

    @invariant()
    def nothing_is_broken(self) -> None:
        counts = self.checks.count_violations()
        stuck = counts.pop("I8")
        assert not (stuck and self.is_swept and self.checks.overdue()), "still overdue after a sweep"
        if any(counts.values()):
            raise AssertionError({name: rows for name, rows in check_invariants().items() if rows})
        wrong = check_against_provider(self.vendor.placed)["I2"] if self.vendor.calls else []
        assert not wrong, f"the provider's record differs: {wrong}"
        assert self.checks.enrolled == len(self.facts.enrolled), "somebody disappeared"
        self.has_failed = False

    def teardown(self) -> None:
        try:
            if not self.has_failed:
                self.heal()
                self.come_to_rest()
                self.judge_rest()
        finally:
            self.world.close()

    def heal(self) -> None:
        """Take every obstacle away: faults, stops, limits, hours."""
        crash_points.install(None)
        set_dialing(value="on")
        Organization.objects.update(concurrency_limit=50, daily_contact_cap=1000, dialing_stopped_at=None)
        PhoneNumber.objects.update(concurrency_limit=None)
        ProviderAccount.objects.update(concurrency_limit=None, paced_until=None, stopped_at=None)
        Blackout.objects.all().delete()
        Configuration.objects.update(windows=ALWAYS, overrides={})
        Campaign.all_objects.update(working_hours=ALWAYS, concurrency_limit=None)
        self.facts.switched_off.clear()
        self.facts.blackouts.clear()
        self.facts.daily_caps.update(acme=1000, globex=1000)
        self._leave_out_the_untouched()
        for number, rules in enumerate(self.facts.rules):
            rules.windows, rules.windows_by_zone, rules.is_stopped = ALWAYS, {}, False
            self._go_on_with(self.campaign(number))

    def _leave_out_the_untouched(self) -> None:
        """Take away whom nobody ever claimed, three times of four: they say nothing new, and take most of the time."""
        if self.vendor.calls and len(self.vendor.calls) % 4:
            CampaignTarget.objects.filter(state="ready", attempts__isnull=True).soft_delete(self.world.now)

    @staticmethod
    def _go_on_with(campaign: Campaign) -> None:
        if campaign.is_deleted:
            campaign = restore_campaign(campaign=campaign)
        if campaign.status not in ("running", "closed"):
            start_campaign(campaign=campaign, require_ready=False)

    def come_to_rest(self) -> None:
        """Let the engine work, with nothing in its way, until nothing is left to do."""
        self.world.set_clock(self.world.now + timedelta(days=2))  # beyond every gap and cap
        for _ in range(_ROUNDS):
            self.work("accepted", "agrees")
            self.let_pass(timedelta(minutes=35))
            self.sweep_up()
            self.hear()
            self.read()
            apply_suppressions()
            left = unfinished()
            if not left and waiting_queues() == (0, 0) and not Attempt.objects.live().exists():
                return
            times = [at for _target, _state, at in left if at is not None]
            self.world.set_clock(max(self.world.now + timedelta(minutes=11), min(times, default=self.world.now)))

    def judge_rest(self) -> None:
        complete_finished_campaigns()
        assert unfinished() == [], "somebody still waits, although nothing is in the way"
        assert not Attempt.objects.live().exists(), "an attempt is still live"
        assert waiting_queues() == (0, 0), "something that came in or is to go out still waits"
        assert check_against_provider(self.vendor.placed) == {"I2": [], "I9": []}
        broken = {name: rows for name, rows in check_invariants().items() if rows}
        assert not broken, broken
