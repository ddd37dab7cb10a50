"""What every rule of the state machine is made of: one step of one clock, with a crash as a possible end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from campaigns.models import Campaign
from lib import crash_points
from lib.errors import DomainError
from targets.claims import Claim, claim_due_work
from targets.inbox import process_inbox, receive_webhook
from targets.models import CampaignTarget, InboxEvent
from targets.submission import submit_attempt
from targets.sweep import sweep
from targets.verification import drain_verifications
from tests.faults.machine_checks import Checks
from tests.faults.machine_facts import Facts, rules_of_the_world
from tests.faults.machine_vendor import Call, Hook, Message, Vendor
from tests.faults.machine_world import World

T = TypeVar("T")
SECOND = timedelta(seconds=1)


class Crash(BaseException):
    """The process died here. No code of ours catches it, as none catches SIGKILL."""


class Steps(RuleBasedStateMachine):
    """The engine's work, piece by piece, and what the machine notes of it. Rules are in the classes below it.

    No rule has a precondition: one that finds nothing to do does nothing. The engine's leases run in real time and its
    ids are random, so whether there is something to do may differ when an example is run again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.vendor = Vendor()
        self.world = World(self.vendor)
        self.world.open()
        self.facts = Facts(self.world, self.vendor, rules=rules_of_the_world())
        self.vendor.before_contact = self.facts.judge
        self.vendor.after_contact = self.facts.note
        self.vendor.hear_early = self._hear_early
        self.checks = Checks()
        self.claims: list[Claim] = []  # reserved, and not handed to a worker yet
        self.spent: list[Claim] = []  # handed to a worker before
        self.early_end = "agrees"
        self.is_swept = True  # nobody is over a lease that the sweep has not seen
        self.has_failed = False

    # --- one step ---------------------------------------------------------------------------------------------

    def act(self, call: Callable[[], T]) -> T | None:
        """Let a second pass and do one thing; None where the process died at it."""
        self.has_failed = True  # until the step, and the checks after it, are over
        self.world.set_clock(self.world.now + SECOND)
        try:
            return call()
        except Crash:
            self.world.restart()
            self.vendor.meanwhile = lambda: None
            return None

    def operate(self, call: Callable[[], object]) -> bool:
        """Do what an operator asks for; False where the rules refuse it."""
        try:
            return self.act(lambda: (call(), True)) is not None
        except DomainError:
            return False

    def arm(self, point: str, passage: int) -> None:
        """Die at the so manyth passage of a point, whenever that is."""
        left = passage

        def die_when_due(name: str) -> None:
            nonlocal left
            left -= name == point
            if left <= 0:
                crash_points.install(None)
                raise Crash(point)

        crash_points.install(die_when_due)

    # --- the engine's work ------------------------------------------------------------------------------------

    def claim_all(self) -> int:
        claims = self.act(lambda: claim_due_work(worker="machine")) or []
        self.claims += claims
        return len(claims)

    def send(self, claim: Claim, answer: str) -> str | None:
        """Send one claim, as the vendor answers it; what is known for sure afterwards is noted."""
        self.vendor.answer, self.facts.latest = answer, ("", "", "")
        state = self.act(lambda: submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence))
        owner, channel, address = self.facts.latest
        if state is not None and answer == "opted_out" and address:
            self.facts.suppress(owner, [address], channel)
        self.vendor.answer, self.vendor.meanwhile = "accepted", lambda: None
        return state

    def deliver(self, hook: Hook) -> None:
        account = self.world.accounts[hook.account, hook.kind]
        hook.deliveries += 1
        receive_webhook(receiver=hook.kind, account_id=account.pk, body=hook.body, headers=hook.headers())

    def hear(self) -> None:
        """Apply what has come in, and note who asked in it to be left alone."""
        self.act(process_inbox)
        for hook in self.vendor.hooks:
            if hook.stops and hook.deliveries and self._is_applied(hook):
                owner = hook.account
                everybody = [p.addresses for p in self.world.people if p.organization == owner]
                theirs = [a for addresses in everybody if hook.stops in addresses for a in addresses]
                self.facts.suppress(owner, [hook.stops] if hook.only else theirs, hook.only)
                hook.stops = ""

    def read(self) -> None:
        """Read what was said, and note who asked in it to be left alone."""
        if self.act(drain_verifications) is not None:
            for target_id in self.vendor.stopped:
                target = CampaignTarget.all_objects.get(pk=target_id)
                person = self.world.person_of(target.customer_id)
                self.facts.suppress(person.organization, person.addresses)
        self.vendor.stopped.clear()
        self.vendor.reading, self.vendor.meanwhile = "read", lambda: None

    def sweep_up(self) -> None:
        self.is_swept = self.act(sweep) is not None or self.is_swept

    def let_pass(self, passed: timedelta) -> None:
        self.act(lambda: self.world.pass_real_time(passed))
        self.is_swept = False

    def end(self, call: Call, how: str) -> Hook:
        self.vendor.hang_up(call, how)
        return self.vendor.hooks[-1]

    def _hear_early(self, call: Call) -> None:
        self.deliver(self.end(call, self.early_end))
        process_inbox()

    @staticmethod
    def _is_applied(hook: Hook) -> bool:
        key = hashlib.sha256(hook.body).hexdigest()
        return InboxEvent.objects.filter(event_key=key, result__in=["applied", "known"]).exists()

    # --- choosing ---------------------------------------------------------------------------------------------

    def campaign(self, number: int) -> Campaign:
        row: Campaign = Campaign.all_objects.get(pk=self.world.campaigns[number].pk)
        return row

    def targets(self) -> Sequence[CampaignTarget]:
        return list(CampaignTarget.all_objects.order_by("created_at", "pk"))

    def whatsapp_messages(self) -> list[Message]:
        return [message for message in self.vendor.messages if not message.request.subject]


def chosen(pick: int, items: Sequence[T]) -> T:
    """Return one of `items`, the first for 0, so that shrinking ends at the simplest choice."""
    return items[pick % len(items)]
