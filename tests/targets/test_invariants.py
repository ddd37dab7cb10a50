"""The checks find what they are for: each is shown a violation it must see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from psycopg.types.range import TimestamptzRange

from customers.suppressions import record_dial, suppress
from targets.invariants import QUERIES, check_against_provider, check_invariants, check_live_invariants, meaning
from targets.models import Attempt, CampaignTarget, InboxEvent
from tests.factories import AttemptFactory, ProviderAccountFactory, TargetFactory

NOW = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)  # a Monday, 17:00 in Rome
HOURS = {"Europe/Rome": [{"days": [0], "start": "09:00", "end": "19:00"}]}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_triggers(db: None) -> None:
    """Let violations be written that the database would refuse or repair. The test's transaction brings them back."""
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE targets_attempt DISABLE TRIGGER USER")


def broken() -> set[str]:
    return {name for name, rows in check_invariants().items() if rows}


def sent(**fields: object) -> Attempt:
    """Return an attempt that was sent in order, in a running campaign, with its target and log as they should be."""
    target = TargetFactory(state="contacting", campaign__status="running")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_campaignevent SET at = %s", [NOW - timedelta(days=1)])
    decision = {"hours": HOURS, "maximum_calls": 3, "organization_limit": 10}
    attempt: Attempt = AttemptFactory(
        target=target, **{"state": "submitting", "submit_started_at": NOW, "decision": decision, **fields}
    )
    log(attempt, None, "reserved")
    log(attempt, "reserved", "submitting")
    count()
    return attempt


def without(*statements: str) -> None:
    """Take away what would refuse the violation; the test's transaction brings it back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the table has foreign keys still to be checked
        for statement in statements:
            cursor.execute(statement)


def log(attempt: Attempt, old: str | None, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO targets_attemptevent (attempt_id, campaign_id, organization_id, old_state, new_state, at,"
            " real_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [attempt.pk, attempt.campaign_id, attempt.organization_id, old, new, NOW, NOW],
        )


def count() -> None:
    """Make the counters true again, whatever the switched-off triggers missed."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM campaigns_counterdelta")
        cursor.execute("DELETE FROM campaigns_counter")
        cursor.execute(
            "INSERT INTO campaigns_counter (campaign_id, name, value) SELECT campaign_id, name, count(*) FROM ("
            " SELECT campaign_id, unnest(targets_campaigntarget_counters(t)) AS name FROM targets_campaigntarget t"
            " UNION ALL SELECT campaign_id, unnest(targets_attempt_counters(a)) FROM targets_attempt a) c GROUP BY 1, 2"
        )


def test_an_orderly_attempt_breaks_nothing() -> None:
    sent()
    assert broken() == set()


def test_a_contact_at_night_is_seen() -> None:
    sent(submit_started_at=NOW + timedelta(hours=4))
    assert broken() == {"I4"}


def test_a_contact_on_a_day_the_decision_knew_to_be_closed_is_seen() -> None:
    days = [["2026-05-30", "2026-06-01"]]
    sent(decision={"hours": HOURS, "blackouts": days, "maximum_calls": 3, "organization_limit": 10})
    assert broken() == {"I4"}


def test_a_contact_on_the_day_after_a_blackout_is_in_order() -> None:
    days = [["2026-05-30", "2026-05-31"], ["2026-06-02", "2026-06-02"]]
    sent(decision={"hours": HOURS, "blackouts": days, "maximum_calls": 3, "organization_limit": 10})
    assert broken() == set()


def test_a_decision_without_hours_is_seen() -> None:
    sent(decision={"maximum_calls": 3, "organization_limit": 10})
    assert broken() == {"I4"}


def test_a_contact_after_an_opt_out_is_seen() -> None:
    attempt = sent()
    suppress(organization=attempt.organization, address=attempt.address, channel="", source="api")
    late = datetime.now(UTC) + timedelta(minutes=1)
    record_dial(
        organization_id=attempt.organization_id,
        attempt_id=attempt.pk,
        channel="call",
        address=attempt.address,
        at=late,
    )
    assert broken() == {"I5"}


def test_more_live_calls_than_the_limit_are_seen() -> None:
    sent(decision={"hours": HOURS, "maximum_calls": 3, "organization_limit": 0})
    assert broken() == {"I6"}


def test_a_target_whose_attempt_is_gone_is_seen() -> None:
    TargetFactory(state="contacting")
    count()
    assert broken() == {"I7"}


def test_a_reading_nobody_will_do_is_seen() -> None:
    TargetFactory(state="verifying", next_attempt_at=None)
    count()
    assert broken() == {"I7"}


def test_an_attempt_past_its_lease_is_seen() -> None:
    sent(lease_until=datetime.now(UTC) - timedelta(minutes=2))
    assert broken() == {"I8"}


def test_a_state_that_its_log_does_not_know_is_seen() -> None:
    attempt = sent()
    Attempt.objects.filter(pk=attempt.pk).update(state="unknown")
    assert broken() == {"I10"}


def test_an_illegal_move_in_the_log_is_seen() -> None:
    attempt = sent()
    log(attempt, "accepted", "submitting")
    assert broken() == {"I10"}


def test_a_contact_of_a_paused_campaign_is_seen() -> None:
    sent()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_campaignevent SET new_status = 'paused'")
    assert broken() == {"I12"}


def earlier_calls(attempt: Attempt, *, outcome: str, state: str) -> None:
    """Give the target three calls before `attempt`, which is its fourth."""
    for number in (1, 2, 3):
        earlier = AttemptFactory(
            target=attempt.target,
            number=number,
            state=state,
            outcome=outcome,
            provider_id=f"call-{number}",
            submit_started_at=NOW - timedelta(hours=5 - number),
            decision=attempt.decision,
        )
        log(earlier, None, state)
    count()


def test_a_call_beyond_the_policy_is_seen() -> None:
    earlier_calls(sent(number=4), outcome="no_answer", state="completed")
    assert broken() == {"I13"}


def test_a_call_after_technical_failures_is_within_the_policy() -> None:
    earlier_calls(sent(number=4), outcome="failed", state="failed")
    assert broken() == set()


def test_a_counter_that_lies_is_seen() -> None:
    sent()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_counter SET value = value + 1 WHERE name = 'targets'")
    assert broken() == {"counters"}


def test_a_second_contact_in_the_quiet_time_is_seen() -> None:
    first = sent(quiet=TimestamptzRange(NOW, NOW + timedelta(minutes=10)), state="completed", provider_id="a")
    log(first, "submitting", "completed")
    CampaignTarget.objects.update(state="ready")
    without("ALTER TABLE targets_attempt DROP CONSTRAINT attempt_minimum_gap")
    without("ALTER TABLE targets_attempt DROP CONSTRAINT attempt_minimum_gap_person")
    second = AttemptFactory(
        target=first.target,
        number=2,
        state="completed",
        provider_id="b",
        submit_started_at=NOW,
        quiet=first.quiet,
        decision=first.decision,
    )
    log(second, None, "completed")
    count()
    assert broken() == {"I3"}


def test_two_attempts_with_one_number_are_seen() -> None:
    first = sent()
    without("DROP INDEX attempt_number_once", "DROP INDEX attempt_live_address")
    second = AttemptFactory(target=first.target, number=1, decision=first.decision)
    log(second, None, "reserved")
    count()
    assert broken() == {"I1"}


def test_the_providers_record_convicts_a_void_attempt_and_a_double_call() -> None:
    void = sent(state="not_placed")
    twice = sent(provider_id="b", state="accepted")
    calls = [
        {"reference": str(void.pk), "conversation_id": "a"},
        {"reference": str(twice.pk), "conversation_id": "b"},
        {"reference": str(twice.pk), "conversation_id": "c"},
    ]
    results = check_against_provider(lambda: iter(calls))

    assert [row[0] for row in results["I2"]] == [str(void.pk), str(twice.pk)]
    assert [row[0] for row in results["I9"]] == ["a", "c"]


def test_a_webhook_that_nobody_applies_is_seen() -> None:
    account = ProviderAccountFactory(organization=sent().organization)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    InboxEvent.objects.create(
        receiver="elevenlabs",
        provider_account=account,
        event_key="x",
        body=b"{}",
        received_at=hour_ago,
        next_try_at=hour_ago,
    )
    assert broken() == {"I8"}


def test_every_check_says_what_it_means_and_the_live_ones_are_among_them() -> None:
    assert all(meaning(name) for name in [*check_invariants(), "I2", "I9"])
    assert set(check_live_invariants()) <= set(QUERIES)
