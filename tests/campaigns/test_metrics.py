from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from campaigns.metrics import CampaignMetrics, CampaignProgress

CONTRACT_FIELDS = [
    "contacts_total",
    "contacts_contacted",
    "contacts_not_contacted",
    "contacts_remaining",
    "contacts_to_recall",
    "contacts_failed",
    "contacts_succeeded",
    "appointments_booked",
    "appointments_upcoming",
    "calls_total",
    "calls_pending",
    "calls_in_progress",
    "calls_answered",
    "calls_busy",
    "calls_no_answer",
    "calls_voicemail",
    "calls_failed",
    "next_call_at",
    "active_work_items",
    "outbox_pending_total",
    "whatsapp_pending",
    "email_pending",
    "action_required_total",
    "follow_up_required_total",
    "callback_requested_total",
    "escalation_required_total",
    "campaign_goal_missed_total",
    "negative_sentiment_total",
    "whatsapp_sent_total",
    "email_sent_total",
    "contact_rate",
    "success_rate",
    "appointment_rate",
]

COUNTERS = {
    "targets": 10,
    "targets.state.ready": 3,
    "targets.state.contacting": 1,
    "targets.state.review": 1,
    "targets.state.done": 4,
    "targets.state.suppressed": 1,
    "targets.contacted": 8,
    "targets.recall": 2,
    "targets.failed": 2,
    "targets.succeeded": 2,
    "targets.action": 3,
    "targets.action.callback": 2,
    "targets.action.follow_up": 1,
    "attempts.call": 20,
    "attempts.call.pending": 1,
    "attempts.call.in_progress": 2,
    "attempts.call.answered": 6,
    "attempts.call.busy": 3,
    "attempts.call.no_answer": 4,
    "attempts.call.voicemail": 1,
    "attempts.call.failed": 1,
    "attempts.call.gave_up": 1,
    "attempts.call.unknown": 1,
    "attempts.whatsapp": 5,
    "attempts.whatsapp.pending": 1,
    "attempts.whatsapp.in_progress": 1,
    "attempts.whatsapp.sent": 3,
    "attempts.email.in_progress": 4,
    "attempts.email.sent": 7,
}


def test_the_metrics_are_those_of_the_contract() -> None:
    assert list(asdict(CampaignMetrics.of({}))) == CONTRACT_FIELDS


def test_a_campaign_without_targets_is_all_zeros() -> None:
    numbers = asdict(CampaignMetrics.of({}))
    assert numbers.pop("next_call_at") is None
    assert set(numbers.values()) == {0}
    assert set(asdict(CampaignProgress.of({})).values()) == {0}


def test_progress_is_the_share_of_contacts_with_whom_nothing_more_will_happen() -> None:
    assert CampaignProgress.of(COUNTERS) == CampaignProgress(
        contacts_total=10,
        contacts_contacted=8,
        contacts_remaining=5,
        contacts_to_recall=2,
        contacts_failed=2,
        contacts_succeeded=2,
        progress=0.5,
    )


def test_every_call_that_ended_otherwise_counts_as_failed() -> None:
    metrics = CampaignMetrics.of(COUNTERS)
    assert (metrics.calls_total, metrics.calls_answered, metrics.calls_failed) == (20, 6, 3)


def test_what_is_on_its_way_is_counted_by_channel_and_in_sum() -> None:
    metrics = CampaignMetrics.of(COUNTERS)
    assert (metrics.whatsapp_pending, metrics.email_pending, metrics.outbox_pending_total) == (2, 4, 6)
    assert metrics.active_work_items == 1 + 2 + 6
    assert (metrics.whatsapp_sent_total, metrics.email_sent_total) == (3, 7)


def test_what_only_the_targets_know_is_handed_in() -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    metrics = CampaignMetrics.of(COUNTERS, next_call_at=at, appointments_booked=2, appointments_upcoming=1)
    assert (metrics.next_call_at, metrics.appointments_booked, metrics.appointments_upcoming) == (at, 2, 1)
    assert (metrics.contact_rate, metrics.success_rate, metrics.appointment_rate) == (0.8, 0.25, 0.25)


def test_a_goal_met_without_a_contact_does_not_raise_a_rate_above_one() -> None:
    counters = {"targets": 3, "targets.contacted": 1, "targets.succeeded": 3}
    assert CampaignMetrics.of(counters, appointments_booked=5).success_rate == 1.0
    assert CampaignMetrics.of(counters, appointments_booked=5).appointment_rate == 1.0


@given(st.dictionaries(st.sampled_from(sorted(COUNTERS)), st.integers(0, 10**9)))
def test_the_sorts_of_calls_add_up_to_all_calls_and_rates_stay_between_0_and_1(counters: dict[str, int]) -> None:
    metrics = CampaignMetrics.of(counters)
    sorts = ("pending", "in_progress", "answered", "busy", "no_answer", "voicemail", "failed")
    assert sum(getattr(metrics, f"calls_{sort}") for sort in sorts) == metrics.calls_total
    assert all(0 <= rate <= 1 for rate in (metrics.contact_rate, metrics.success_rate, metrics.appointment_rate))
