from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.policy import ContactPolicy
from lib.windows import CallingCalendar
from targets.models import CampaignTarget
from targets.next_step import Contact, Done, History, decide_next_step

Channel, Reason, Rank = CampaignTarget.Channel, CampaignTarget.DoneReason, CampaignTarget.QueueRank
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = ContactPolicy(
    call_delays=(HOUR, 4 * HOUR),
    calendar=CallingCalendar(()),
    first_call_calendar=CallingCalendar(()),
    minimum_gap=timedelta(minutes=10),
    daily_cap=5,
)
WITH_WHATSAPP = replace(POLICY, whatsapp_after=2)


def test_a_fresh_person_is_called_at_once() -> None:
    assert decide_next_step(POLICY, History(), NOW) == Contact(Channel.CALL, NOW, Rank.FRESH)


@pytest.mark.parametrize(("calls", "delay"), [(1, HOUR), (2, 4 * HOUR)])
def test_each_retry_waits_its_own_delay_after_the_last_call(calls: int, delay: timedelta) -> None:
    last = NOW - timedelta(minutes=5)
    step = decide_next_step(POLICY, History(calls_made=calls, last_call_at=last), NOW)
    assert step == Contact(Channel.CALL, last + delay, Rank.RETRY)


def test_a_retry_that_is_overdue_is_due_now() -> None:
    step = decide_next_step(POLICY, History(calls_made=1, last_call_at=NOW - 30 * HOUR), NOW)
    assert step == Contact(Channel.CALL, NOW, Rank.RETRY)


def test_there_is_one_more_call_than_there_are_delays() -> None:
    assert decide_next_step(POLICY, History(calls_made=3, last_call_at=NOW), NOW) == Done(Reason.EXHAUSTED)


def test_a_goal_that_is_met_ends_everything_even_a_promise() -> None:
    history = History(goal_met=True, callback_at=NOW + HOUR)
    assert decide_next_step(POLICY, history, NOW) == Done(Reason.GOAL_MET)


def test_a_refusal_ends_it_with_calls_left() -> None:
    assert decide_next_step(POLICY, History(calls_made=1, declined=True), NOW) == Done(Reason.DECLINED)


def test_a_promised_callback_comes_first_and_at_its_time() -> None:
    history = History(calls_made=1, last_call_at=NOW, callback_at=NOW + 3 * HOUR)
    assert decide_next_step(WITH_WHATSAPP, history, NOW) == Contact(Channel.CALL, NOW + 3 * HOUR, Rank.PROMISED)


def test_a_message_follows_enough_unanswered_calls_once() -> None:
    unanswered = History(calls_made=2, last_call_at=NOW)
    assert decide_next_step(WITH_WHATSAPP, unanswered, NOW) == Contact(Channel.WHATSAPP, NOW, Rank.RETRY)
    written_to = replace(unanswered, whatsapp_tried=1)
    assert decide_next_step(WITH_WHATSAPP, written_to, NOW) == Contact(Channel.CALL, NOW + 4 * HOUR, Rank.RETRY)


def test_answered_calls_do_not_count_as_unanswered() -> None:
    history = History(calls_made=2, calls_answered=1, last_call_at=NOW)
    assert decide_next_step(WITH_WHATSAPP, history, NOW) == Contact(Channel.CALL, NOW + 4 * HOUR, Rank.RETRY)


def test_a_campaign_that_starts_with_whatsapp_writes_first_and_calls_later() -> None:
    policy = replace(WITH_WHATSAPP, starts_with_whatsapp=True)
    assert decide_next_step(policy, History(), NOW) == Contact(Channel.WHATSAPP, NOW, Rank.FRESH)
    after = decide_next_step(policy, History(whatsapp_tried=1), NOW)
    assert after == Contact(Channel.CALL, NOW + HOUR, Rank.FRESH)


def test_somebody_without_a_number_is_unreachable() -> None:
    assert decide_next_step(POLICY, History(has_phone=False), NOW) == Done(Reason.UNREACHABLE)


histories = st.builds(
    History,
    calls_made=st.integers(0, 6),
    calls_answered=st.integers(0, 3),
    whatsapp_tried=st.integers(0, 2),
    last_call_at=st.none() | st.integers(1, 60_000).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    callback_at=st.none() | st.integers(-60_000, 60_000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    goal_met=st.booleans(),
    declined=st.booleans(),
    has_phone=st.booleans(),
)


@given(histories)
def test_no_step_ever_lies_in_the_past_or_goes_beyond_the_calls_allowed(history: History) -> None:
    step = decide_next_step(WITH_WHATSAPP, history, NOW)
    if isinstance(step, Contact):
        assert step.at >= NOW
        assert not (history.goal_met or history.declined)
        if step.channel == Channel.CALL:
            assert history.calls_made < WITH_WHATSAPP.maximum_calls
        else:
            assert history.whatsapp_tried == 0
