"""A changed goal is applied to everybody by one statement, which says what the pure rule says."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.counters import read_counters
from campaigns.goals import parse_goal_spec
from campaigns.models import Campaign, Stage
from campaigns.services import update_campaign
from lib import clock
from organizations.models import Organization
from targets import reevaluation
from targets.judgement import Judgement, judge
from targets.lifecycle import TargetState
from targets.models import CampaignTarget, OutboxMessage
from targets.reevaluation import GoalProgress, apply_goal, drain_resumptions, goal_progress
from tests.db.traffic import counted_anew
from tests.factories import AttemptFactory, CampaignFactory, CustomerFactory, TargetFactory

pytestmark = pytest.mark.django_db

CONTACT = {"objectives": [{"type": "contact", "channels": ["call"]}]}
AI = {"objectives": [{"type": "ai", "min_score": 0.5}]}
CAMPAIGNS, PEOPLE = 52, 200  # over 10,000 people


def some_goal(source: random.Random) -> tuple[dict[str, Any], str]:
    kinds: list[dict[str, Any]] = [
        {"type": "contact", "min_count": source.randint(1, 3)},
        {"type": "contact", "channels": source.sample(["call", "whatsapp", "call"], source.randint(0, 3))},
        {"type": "email", "min_count": source.randint(1, 2)},
        {"type": "ai"},
        {
            "type": "ai",
            "label_in": source.sample(["positive", "negative", "neutral"], source.randint(0, 3)),
            "min_score": source.choice([0, 0.25, 0.5, 1]),
        },
    ]
    return {"objectives": source.sample(kinds, source.randint(0, 3))}, source.choice(["all", "any"])


def some_stages(campaign: Campaign, source: random.Random) -> None:
    """Add some columns to the board, and take some away."""
    for number in range(source.randint(0, 3)):
        Stage.objects.create(
            organization=campaign.organization,
            campaign=campaign,
            key=f"extra-{number}",
            name="Extra",
            position=source.randint(0, 5),
            semantic_type=source.choice(Stage.Semantic.values),
        )
    for key in source.sample(["new", "active", "won", "lost"], source.choice([0, 0, 0, 1, 2])):
        Stage.objects.filter(campaign=campaign, key=key).delete()


def somebody(campaign: Campaign, source: random.Random) -> CampaignTarget:
    some_time = [None, clock.now() - timedelta(hours=source.randint(1, 99))]
    state = source.choice(TargetState.values)
    target: CampaignTarget = TargetFactory.build(
        campaign=campaign,
        organization=campaign.organization,
        customer=CustomerFactory.build(organization=campaign.organization),
        state=state,
        done_reason=source.choice(CampaignTarget.DoneReason.values) if state == "done" else "",
        stage=source.choice(["new", "active", "won", "lost", "extra-0", "extra-1", "gone"]),
        next_attempt_at=clock.now() if state == "ready" else None,
        callback_at=source.choice(some_time),
        calls_answered=source.randint(0, 2),
        whatsapp_sent=source.randint(0, 2),
        email_sent=source.randint(0, 2),
        ai_label=source.choice(CampaignTarget.Label.values),
        ai_score=source.choice([None, 0.0, 0.25, 0.5, 0.75, 1.0]),
        analysis_source=source.choice([None, "openai/1", "operator"]),
        campaign_goal_result=source.choice([None, "met", "not_met", "unclear"]),
        last_contacted_at=source.choice(some_time),
        goal_met_at=source.choice(some_time),
        deleted_at=source.choice([None, None, clock.now()]),
    )
    return target


@pytest.mark.parametrize("seed", range(CAMPAIGNS))
def test_the_statement_says_of_every_row_what_the_rule_says_of_a_target(acme: Organization, seed: int) -> None:
    source = random.Random(seed)
    spec, logic = some_goal(source)
    campaign = CampaignFactory(organization=acme, goal_spec=spec, goal_logic=logic)
    some_stages(campaign, source)
    people = [somebody(campaign, source) for _ in range(PEOPLE)]
    acme.customers.bulk_create([person.customer for person in people])
    CampaignTarget.objects.bulk_create(people)
    stages = list(Stage.objects.filter(campaign=campaign).order_by("position", "id"))
    before = {person.pk: person for person in CampaignTarget.all_objects.filter(campaign=campaign)}
    expected = {key: judge(person, parse_goal_spec(spec), logic, stages) for key, person in before.items()}

    changed = apply_goal(campaign)

    after = list(CampaignTarget.all_objects.filter(campaign=campaign))
    assert {t.pk: Judgement(t.goal_met_at is not None, t.state, t.done_reason, t.stage) for t in after} == expected
    for target in after:
        was = before[target.pk]
        assert target.goal_met_at is None or was.goal_met_at in (None, target.goal_met_at)
        assert target.next_attempt_at == (None if target.state == "done" else was.next_attempt_at)
    touched = [t for t in after if t.updated_at != before[t.pk].updated_at]
    assert changed == len(touched)
    assert read_counters([campaign.pk])[campaign.pk] == counted_anew(campaign)
    assert apply_goal(campaign) == 0


def test_a_changed_goal_is_applied_in_the_transaction_of_the_change(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, goal_spec=AI)
    target = TargetFactory(campaign=campaign, calls_answered=1, last_contacted_at=clock.now(), stage="active")
    update_campaign(campaign=campaign, changes={"goal_spec": CONTACT})
    target.refresh_from_db()
    assert (target.state, target.done_reason, target.stage) == ("done", "goal_met", "won")
    assert target.goal_met_at is not None
    assert target.next_attempt_at is None


@pytest.mark.parametrize(("logic", "stage"), [("any", "won"), ("all", "active")])
def test_other_logic_is_another_goal(acme: Organization, logic: str, stage: str) -> None:
    both = {"objectives": [*CONTACT["objectives"], *AI["objectives"]]}
    campaign = CampaignFactory(organization=acme, goal_spec=both, goal_logic="all" if logic == "any" else "any")
    target = TargetFactory(campaign=campaign, calls_answered=1, last_contacted_at=clock.now(), stage="new")
    update_campaign(campaign=campaign, changes={"goal_logic": logic})
    target.refresh_from_db()
    assert target.stage == stage


def test_who_had_met_the_old_goal_is_contacted_again_while_calls_are_left(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, goal_spec=CONTACT, call_attempt_delays=[60])
    facts = {"calls_answered": 1, "calls_made": 1, "last_contacted_at": clock.now(), "goal_met_at": clock.now()}
    done = {"state": "done", "done_reason": "goal_met", "next_attempt_at": None, "stage": "won"}
    called_once = TargetFactory(campaign=campaign, **facts, **done)
    called_twice = TargetFactory(campaign=campaign, **facts, **done)
    for number, target in ((1, called_once), (1, called_twice), (2, called_twice)):
        AttemptFactory(
            target=target,
            number=number,
            state="completed",
            outcome="answered",
            provider_id=f"{target.pk}-{number}",
            submit_started_at=clock.now(),
            ended_at=clock.now(),
        )

    update_campaign(campaign=campaign, changes={"goal_spec": AI})

    called_once.refresh_from_db()
    assert (called_once.state, called_once.stage, called_once.goal_met_at) == ("ready", "active", None)
    assert called_once.next_attempt_at >= clock.now() + timedelta(minutes=59)
    called_twice.refresh_from_db()
    assert (called_twice.state, called_twice.done_reason, called_twice.stage) == ("done", "exhausted", "lost")


def test_a_person_s_own_decision_outlives_a_changed_goal(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme, goal_spec=CONTACT)
    target = TargetFactory(
        campaign=campaign,
        state="done",
        done_reason="goal_met",
        next_attempt_at=None,
        stage="won",
        goal_met_at=clock.now(),
        analysis_source="operator",
        campaign_goal_result="met",
    )
    update_campaign(campaign=campaign, changes={"goal_spec": AI})
    target.refresh_from_db()
    assert (target.state, target.stage) == ("done", "won")


def test_more_people_than_one_request_decides_about_are_left_to_the_task(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reevaluation, "RESUMED_AT_ONCE", 2)
    campaign = CampaignFactory(organization=acme, goal_spec=CONTACT)
    won = {"calls_answered": 1, "goal_met_at": clock.now(), "state": "done", "done_reason": "goal_met"}
    TargetFactory.create_batch(5, campaign=campaign, next_attempt_at=None, stage="won", **won)
    update_campaign(campaign=campaign, changes={"goal_spec": AI})
    assert campaign.targets.filter(state="ready").count() == 2
    drain_resumptions()
    assert campaign.targets.filter(state="ready").count() == 5
    assert OutboxMessage.objects.get(topic="resume").sent_at is not None
    assert read_counters([campaign.pk])[campaign.pk] == counted_anew(campaign)


def test_a_large_campaign_is_judged_by_the_task_part_by_part(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reevaluation, "APPLIED_AT_ONCE", 3)
    campaign = CampaignFactory(organization=acme, goal_spec=AI)
    TargetFactory.create_batch(8, campaign=campaign, calls_answered=1)
    TargetFactory(campaign=CampaignFactory(organization=acme), calls_answered=1)
    update_campaign(campaign=campaign, changes={"goal_spec": CONTACT})
    assert not campaign.targets.filter(stage="won").exists()
    assert goal_progress(campaign) == GoalProgress(judged=0, total=8)
    drain_resumptions(seconds=0.0)
    assert OutboxMessage.objects.get(topic="resume").sent_at is None
    with monkeypatch.context() as a_second_a_look:
        a_second_a_look.setattr("targets.reevaluation.time.monotonic", count().__next__)
        drain_resumptions(seconds=1)
    assert goal_progress(campaign) == GoalProgress(judged=3, total=8)
    drain_resumptions()
    assert goal_progress(campaign) is None
    assert campaign.targets.filter(stage="won", state="done").count() == 8
    assert CampaignTarget.objects.filter(stage="won").count() == 8
    assert OutboxMessage.objects.get(topic="resume").sent_at is not None
    assert read_counters([campaign.pk])[campaign.pk] == counted_anew(campaign)


def test_it_costs_the_same_statements_for_one_target_and_for_many(acme: Organization) -> None:
    costs = []
    for size in (1, 150):
        campaign = CampaignFactory(organization=acme, goal_spec=AI)
        TargetFactory.create_batch(size, campaign=campaign, calls_answered=1)
        with CaptureQueriesContext(connection) as queries:
            update_campaign(campaign=campaign, changes={"goal_spec": CONTACT})
        costs.append(len(queries))
    assert costs[0] == costs[1]
