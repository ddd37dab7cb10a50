"""Change targets and attempts at random, legally, and count them anew in Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from campaigns.models import Campaign
from lib import clock
from lib.ids import new_id
from providers.base import CallOutcome
from targets.lifecycle import ATTEMPT_LIFECYCLE, ENDED_STATES, TARGET_LIFECYCLE, UNSENT_STATES, VOID_STATES
from targets.models import Attempt, CampaignTarget
from tests.factories import AttemptFactory, CustomerFactory, TargetFactory


class Traffic:
    """One writer: whatever it does next depends on its seed alone."""

    def __init__(self, campaigns: list[Campaign], seed: int) -> None:
        self.campaigns = campaigns
        self.random = random.Random(seed)
        self.targets: list[CampaignTarget] = []
        self.attempts: list[Attempt] = []
        self.numbers = count(1)
        self.customers = [CustomerFactory(organization=campaigns[0].organization) for _ in range(30)]

    def step(self) -> None:
        steps: dict[Callable[[], object], int] = {
            self.enrol: 2,
            self.learn: 1,
            self.move_targets: 3,
            self.hide_or_show: 1,
            self.drop_target: 1,
            self.reserve: 4,
            self.move_attempt: 8,
            self.drop_attempt: 1,
        }
        self.random.choices([*steps], [*steps.values()])[0]()

    def enrol(self) -> None:
        taken = {(target.campaign_id, target.customer_id) for target in self.targets}
        campaign = self.random.choice(self.campaigns)
        free = [customer for customer in self.customers if (campaign.pk, customer.pk) not in taken]
        chosen = self.random.sample(free, min(len(free), self.random.randint(1, 4)))
        made = [TargetFactory.build(campaign=campaign, customer=customer, **self.facts()) for customer in chosen]
        self.targets += CampaignTarget.objects.bulk_create(made)

    def facts(self) -> dict[str, Any]:
        """Return values for every column that decides in which counters a target is counted, but its state."""
        some_time = [None, clock.now()]
        yes_no = [None, False, True]
        return {
            "stage": self.random.choice(["new", "active", "won", "lost"]),
            "ai_label": self.random.choice(CampaignTarget.Label.values),
            "last_contacted_at": self.random.choice(some_time),
            "goal_met_at": self.random.choice(some_time),
            "calls_made": self.random.randint(0, 2),
            "follow_up_required": self.random.choice(yes_no),
            "callback_requested": self.random.choice(yes_no),
            "escalation_required": self.random.choice(yes_no),
            "campaign_goal_result": self.random.choice([None, "met", "not_met"]),
            "campaign_sentiment": self.random.choice([None, "positive", "negative"]),
        }

    def learn(self) -> None:
        self.some_targets().update(**self.facts())

    def move_targets(self) -> None:
        if not self.targets:
            return
        before = CampaignTarget.all_objects.get(pk=self.random.choice(self.targets).pk).state
        after = self.random.choice(sorted(TARGET_LIFECYCLE.moves[before]))
        reason = self.random.choice(CampaignTarget.DoneReason.values) if after == "done" else ""
        self.some_targets().filter(state=before).update(state=after, done_reason=reason)

    def hide_or_show(self) -> None:
        targets = self.some_targets()
        if self.random.random() < 0.5:
            targets.soft_delete()
        else:
            targets.restore()

    def drop_target(self) -> None:
        if self.targets and self.random.random() < 0.3:
            target = self.targets.pop(self.random.randrange(len(self.targets)))
            self.attempts = [attempt for attempt in self.attempts if attempt.target_id != target.pk]
            CampaignTarget.all_objects.filter(pk=target.pk).delete()

    def some_targets(self) -> Any:
        chosen = self.random.sample(self.targets, min(len(self.targets), self.random.randint(0, 12)))
        return CampaignTarget.all_objects.filter(pk__in=[target.pk for target in chosen])

    def reserve(self) -> None:
        if self.targets:
            target = self.random.choice(self.targets)
            channel = self.random.choice(["call", "call", "whatsapp", "email"])
            # An address of its own, so that no rule about addresses gets in the way.
            self.attempts.append(
                AttemptFactory(target=target, channel=channel, number=next(self.numbers), address=str(new_id()))
            )

    def move_attempt(self) -> None:
        states = dict(Attempt.objects.filter(pk__in=[a.pk for a in self.attempts]).values_list("pk", "state"))
        movable = [attempt.pk for attempt in self.attempts if ATTEMPT_LIFECYCLE.moves[states[attempt.pk]]]
        if movable:
            key = self.random.choice(movable)
            after = self.random.choice(sorted(ATTEMPT_LIFECYCLE.moves[states[key]]))
            Attempt.objects.filter(pk=key).update(**self.facts_of_attempt(after))

    def facts_of_attempt(self, state: str) -> dict[str, Any]:
        return {
            "state": state,
            "submit_started_at": None if state in UNSENT_STATES else datetime.now(UTC),
            "provider_id": "" if state in UNSENT_STATES else str(new_id()),
            "outcome": self.random.choice(["", *CallOutcome]) if state in ENDED_STATES else "",
        }

    def drop_attempt(self) -> None:
        if self.attempts and self.random.random() < 0.3:
            attempt = self.attempts.pop(self.random.randrange(len(self.attempts)))
            Attempt.objects.filter(pk=attempt.pk).delete()


def counted_anew(campaign: Campaign) -> dict[str, int]:
    """Return the counters of `campaign` as its rows say, by the rules of docs/glossary.md in Python."""
    counted: Counter[str] = Counter()
    for target in CampaignTarget.objects.filter(campaign=campaign):
        counted.update(names_of_target(target))
    for attempt in Attempt.objects.filter(campaign=campaign):
        counted.update(names_of_attempt(attempt))
    return dict(counted)


def names_of_target(target: CampaignTarget) -> Iterable[str]:
    actions = {
        "follow_up": target.follow_up_required,
        "callback": target.callback_requested,
        "escalation": target.escalation_required,
        "missed_goal": target.campaign_goal_result == "not_met",
        "negative_sentiment": target.campaign_sentiment == "negative",
    }
    yield from ("targets", f"targets.state.{target.state}", f"targets.stage.{target.stage}")
    yield f"targets.label.{target.ai_label}"
    if target.last_contacted_at:
        yield "targets.contacted"
    if target.goal_met_at:
        yield "targets.succeeded"
    if target.state == "done":
        yield f"targets.done.{target.done_reason}"
        if not target.goal_met_at:
            yield "targets.failed"
    if target.state == "ready" and target.calls_made:
        yield "targets.recall"
    yield from (f"targets.action.{action}" for action, needed in actions.items() if needed)
    if any(actions.values()):
        yield "targets.action"


def names_of_attempt(attempt: Attempt) -> Iterable[str]:
    if attempt.state in VOID_STATES:
        return
    progress = {"reserved": "pending", "submitting": "in_progress", "unknown": "in_progress", "accepted": "in_progress"}
    yield f"attempts.{attempt.channel}"
    if attempt.state in (*progress, "gave_up"):
        yield f"attempts.{attempt.channel}.{progress.get(attempt.state, attempt.state)}"
    else:
        yield f"attempts.{attempt.channel}.{attempt.outcome or attempt.state}"
    if attempt.channel != "call" and attempt.state == "completed":
        yield f"attempts.{attempt.channel}.sent"
