"""Rules of the state machine: what workers, vendors and time do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import rule

from campaigns.counters import fold_counters
from campaigns.services.lifecycle import pause_campaign
from providers.base import ProviderError
from targets.breaker import trip_breakers
from targets.completion import complete_finished_campaigns
from targets.models import CampaignTarget
from targets.optout_pass import apply_suppressions
from targets.optouts import opt_out_address
from targets.reconcile import reconcile_account
from targets.submission import submit_attempt
from tests.faults.machine_base import Steps, chosen
from tests.faults.machine_vendor import ANSWERS, ENDS, OPTED_OUT, OUTSIDE_SESSION, READINGS, UNDELIVERABLE
from tests.faults.machine_world import START

PICK = st.integers(0, 9)
POINTS = ("W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "H1", "H2", "H3", "S1", "S2", "O1", "O2", "R1")
MEANWHILE = ("nothing", "nothing", "lease over", "opted out", "paused", "sent again")


class EngineRules(Steps):
    """Claims, requests, news, readings, sweeps, crashes, and the two clocks."""

    @rule()
    def claim(self) -> None:
        self.claim_all()

    @rule(pick=PICK, answer=st.sampled_from(ANSWERS), meanwhile=st.sampled_from(MEANWHILE), end=st.sampled_from(ENDS))
    def dial(self, pick: int, answer: str, meanwhile: str, end: str) -> None:
        """Send any claim of any age, as the vendor answers it, with something else going on meanwhile."""
        if not self.claims and not self.claim_all():
            return
        claim = chosen(pick, self.claims)
        self.claims.remove(claim)
        self.spent.append(claim)
        self.early_end = end
        self.vendor.meanwhile = self._happening(meanwhile)
        self.send(claim, answer)

    @rule(pick=PICK)
    def dial_again(self, pick: int) -> None:
        if not self.spent:
            return
        self.send(chosen(pick, self.spent), "accepted")

    @rule(answer=st.sampled_from(ANSWERS), end=st.sampled_from(ENDS))
    def work(self, answer: str, end: str) -> None:
        """Do a healthy round: claim what is due, send it, hear how it ended, read what was said."""
        self.claim_all()
        for claim in self.claims:
            self.send(claim, answer)
        self.spent += self.claims
        self.claims = []
        for call in self.vendor.open_calls:
            self.end(call, end)
        for hook in [hook for hook in self.vendor.hooks if not hook.deliveries]:
            self.act(lambda hook=hook: self.deliver(hook))  # type: ignore[misc]  # mypy cannot see the default's type
        self.hear()
        self.read()

    @rule(answer=st.sampled_from(ANSWERS), end=st.sampled_from(ENDS))
    def work_when_somebody_is_due(self, answer: str, end: str) -> None:
        """Let the time of the next step come, and do a round."""
        self._await_the_next_step()
        self.work(answer, end)

    @rule(pick=PICK, answer=st.sampled_from(ANSWERS), meanwhile=st.sampled_from(MEANWHILE), end=st.sampled_from(ENDS))
    def dial_when_somebody_is_due(self, pick: int, answer: str, meanwhile: str, end: str) -> None:
        """Let the time of the next step come, and send one claim."""
        self._await_the_next_step()
        self.dial(pick, answer, meanwhile, end)

    def _await_the_next_step(self) -> None:
        waiting = CampaignTarget.objects.filter(state="ready", campaign__status="running")
        first = waiting.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
        if first is not None and first > self.world.now:
            self.world.set_clock(first)

    @rule(pick=PICK, end=st.sampled_from(ENDS))
    def call_ends(self, pick: int, end: str) -> None:
        if not self.vendor.open_calls:
            return
        self.end(chosen(pick, self.vendor.open_calls), end)

    @rule(pick=PICK)
    def call_is_picked_up(self, pick: int) -> None:
        if not self.vendor.open_calls:
            return
        self.vendor.note_picking_up(chosen(pick, self.vendor.open_calls))

    @rule(pick=PICK, status=st.sampled_from(["sent", "delivered", "read"]))
    def message_goes_on(self, pick: int, status: str) -> None:
        if not self.whatsapp_messages():
            return
        self.vendor.note_status(chosen(pick, self.whatsapp_messages()), status)

    @rule(pick=PICK, code=st.sampled_from([UNDELIVERABLE, OUTSIDE_SESSION, OPTED_OUT]))
    def message_fails(self, pick: int, code: int) -> None:
        if not self.whatsapp_messages():
            return
        self.vendor.note_status(chosen(pick, self.whatsapp_messages()), "failed", code)

    @rule(pick=PICK, text=st.sampled_from(["Hello?", "STOP"]))
    def person_replies(self, pick: int, text: str) -> None:
        if not self.whatsapp_messages():
            return
        self.vendor.note_reply(chosen(pick, self.whatsapp_messages()), text)

    @rule(pick=PICK, copies=st.integers(1, 3))
    def webhook(self, pick: int, copies: int) -> None:
        """Deliver any webhook, in any order and number, the latest first where the choice is 0."""
        if not self.vendor.hooks:
            return
        hook = chosen(pick, self.vendor.hooks[::-1])
        for _ in range(copies):
            self.act(lambda: self.deliver(hook))

    @rule()
    def process_webhooks(self) -> None:
        if not self.vendor.hooks:
            return
        self.hear()

    @rule(reading=st.sampled_from(READINGS), meanwhile=st.sampled_from(MEANWHILE[:5]))
    def verify(self, reading: str, meanwhile: str) -> None:
        if not self.vendor.hooks:
            return
        self.vendor.reading, self.vendor.meanwhile = reading, self._happening(meanwhile)
        self.read()

    @rule(deaf=st.booleans())
    def sweep(self, deaf: bool) -> None:
        if not (self.spent or self.claims):
            return
        self.vendor.is_deaf = deaf
        self.sweep_up()
        self.vendor.is_deaf = False

    @rule()
    def periodic_tasks(self) -> None:
        for task in (apply_suppressions, trip_breakers, complete_finished_campaigns, fold_counters):
            self.act(task)

    @rule(slug=st.sampled_from(["acme", "globex"]), deaf=st.booleans())
    def reconcile(self, slug: str, deaf: bool) -> None:
        """Compare with the vendor's list, as after a restore: with nothing lost it must do no harm."""
        if not self.vendor.calls:
            return
        self.vendor.is_deaf = deaf
        account = self.world.accounts[slug, "elevenlabs"]
        try:
            self.act(lambda: reconcile_account(account=account, since=START))
        except ProviderError:
            assert deaf
        self.vendor.is_deaf = False

    @rule(point=st.sampled_from(("now", *POINTS)), passage=st.integers(1, 3))
    def crash(self, point: str, passage: int) -> None:
        """Die now, and lose the messages to workers, or as soon as a point has been passed so often."""
        if point == "now":
            self.act(self.world.restart)
            self.claims = []
        else:
            self.arm(point, passage)

    @rule(minutes=st.sampled_from([1, 6, 11, 61, 5 * 60, 24 * 60, 3 * 24 * 60]))
    def advance_clock(self, minutes: int) -> None:
        self.world.set_clock(self.world.now + timedelta(minutes=minutes))

    @rule(seconds=st.sampled_from([3, 41, 61, 5 * 60 + 1, 16 * 60, 31 * 60, 121 * 60]))
    def leases_expire(self, seconds: int) -> None:
        if not (self.spent or self.claims):
            return
        self.let_pass(timedelta(seconds=seconds))

    def _happening(self, what: str) -> Callable[[], None]:
        """Return what happens to the request judged last while it is under way."""
        return {
            "nothing": lambda: None,
            "lease over": self._lease_is_over,
            "opted out": self._opt_out_the_latest,
            "paused": self._pause_first,
            "sent again": self._send_again,
        }[what]

    def _lease_is_over(self) -> None:
        self.vendor.meanwhile = lambda: None
        self.world.pass_real_time(timedelta(seconds=61))
        self._sweep_beside()

    def _sweep_beside(self) -> None:
        from targets.sweep import sweep

        assert not connection.in_atomic_block, "a request was made inside a transaction"
        sweep()

    def _opt_out_the_latest(self) -> None:
        owner, _channel, address = self.facts.latest
        if address:
            opt_out_address(organization=self.world.organizations[owner], address=address, source="api")
            self.facts.suppress(owner, [address])

    def _pause_first(self) -> None:
        if self.campaign(0).status == "running":
            pause_campaign(campaign=self.campaign(0), reason="meanwhile")
            self.facts.rules[0].is_stopped = True

    def _send_again(self) -> None:
        for claim in self.spent[-3:]:
            assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) is None
