from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.policy import ContactPolicy
from campaigns.retry_policy import CallEnd, parse_retry_policy
from lib.windows import CallingCalendar
from targets.models import CampaignTarget
from targets.next_step import (
    ANOTHER_TIME,
    Contact,
    Done,
    History,
    NextStep,
    PastCall,
    at_another_time,
    decide_next_step,
)

Channel, Reason, Rank = CampaignTarget.Channel, CampaignTarget.DoneReason, CampaignTarget.QueueRank
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
POLICY = ContactPolicy(
    call_delays=(HOUR, 4 * HOUR),
    calendar=CallingCalendar(()),
    first_call_calendar=CallingCalendar(()),
    minimum_gap=timedelta(minutes=10),
    daily_cap=5,
)
WITH_WHATSAPP = replace(POLICY, whatsapp_after=2)
WITH_EMAIL = replace(POLICY, can_email=True, email_after=2)


def with_rules(policy: ContactPolicy = POLICY, /, **rules: object) -> ContactPolicy:
    return replace(policy, retries=parse_retry_policy(rules))


def ended(*ends: CallEnd, last: datetime = NOW) -> tuple[PastCall, ...]:
    """Return calls that ended so, an hour apart, the latest at `last`."""
    return tuple(PastCall(end, last - HOUR * age) for age, end in zip(range(len(ends) - 1, -1, -1), ends, strict=True))


def decide(policy: ContactPolicy, *ends: CallEnd, now: datetime = NOW, last: datetime = NOW) -> NextStep:
    return decide_next_step(policy, History(calls=ended(*ends, last=last)), now)


NO_ANSWER, BUSY, FAILED = CallEnd.NO_ANSWER, CallEnd.BUSY, CallEnd.FAILED


def test_a_fresh_person_is_called_at_once() -> None:
    assert decide(POLICY) == Contact(Channel.CALL, NOW, Rank.FRESH)


@pytest.mark.parametrize(("calls", "delay"), [(1, HOUR), (2, 4 * HOUR)])
@pytest.mark.parametrize("end", [end for end in CallEnd if end != CallEnd.FAILED])
def test_without_rules_each_retry_waits_its_own_delay_however_the_call_ended(
    end: CallEnd, calls: int, delay: timedelta
) -> None:
    last = NOW - 5 * MINUTE
    assert decide(POLICY, *[end] * calls, last=last) == Contact(Channel.CALL, last + delay, Rank.RETRY)


def test_a_retry_that_is_overdue_is_due_now() -> None:
    assert decide(POLICY, NO_ANSWER, last=NOW - 30 * HOUR) == Contact(Channel.CALL, NOW, Rank.RETRY)


def test_there_is_one_more_call_than_there_are_delays() -> None:
    assert decide(POLICY, NO_ANSWER, NO_ANSWER, NO_ANSWER) == Done(Reason.EXHAUSTED)


def test_a_goal_that_is_met_ends_everything_even_a_promise() -> None:
    history = History(goal_met=True, callback_at=NOW + HOUR)
    assert decide_next_step(POLICY, history, NOW) == Done(Reason.GOAL_MET)


def test_a_refusal_ends_it_with_calls_left() -> None:
    history = History(calls=ended(CallEnd.ANSWERED), declined=True)
    assert decide_next_step(POLICY, history, NOW) == Done(Reason.DECLINED)


def test_a_promised_callback_comes_first_and_at_its_time() -> None:
    history = History(calls=ended(CallEnd.ANSWERED), callback_at=NOW + 3 * HOUR)
    assert decide_next_step(WITH_WHATSAPP, history, NOW) == Contact(Channel.CALL, NOW + 3 * HOUR, Rank.PROMISED)


def test_a_callback_whose_call_failed_is_still_promised_and_waits_for_the_line() -> None:
    history = History(calls=ended(CallEnd.ANSWERED, FAILED), callback_at=NOW - MINUTE)
    assert decide_next_step(POLICY, history, NOW) == Contact(Channel.CALL, NOW + 5 * MINUTE, Rank.PROMISED)


def test_a_message_follows_enough_unanswered_calls_once() -> None:
    unanswered = History(calls=ended(NO_ANSWER, NO_ANSWER))
    assert decide_next_step(WITH_WHATSAPP, unanswered, NOW) == Contact(Channel.WHATSAPP, NOW, Rank.RETRY)
    written_to = replace(unanswered, whatsapp_tried=True)
    assert decide_next_step(WITH_WHATSAPP, written_to, NOW) == Contact(Channel.CALL, NOW + 4 * HOUR, Rank.RETRY)


@pytest.mark.parametrize("answered", [CallEnd.ANSWERED, CallEnd.SHORT_CALL])
def test_answered_calls_do_not_count_as_unanswered(answered: CallEnd) -> None:
    assert decide(WITH_WHATSAPP, answered, NO_ANSWER) == Contact(Channel.CALL, NOW + 4 * HOUR, Rank.RETRY)


def test_a_campaign_that_starts_with_whatsapp_writes_first_and_calls_later() -> None:
    policy = replace(WITH_WHATSAPP, starts_with_whatsapp=True)
    assert decide_next_step(policy, History(), NOW) == Contact(Channel.WHATSAPP, NOW, Rank.FRESH)
    after = decide_next_step(policy, History(whatsapp_tried=True), NOW)
    assert after == Contact(Channel.CALL, NOW + HOUR, Rank.FRESH)


def test_whatsapp_and_email_follow_the_last_call_one_after_the_other_and_then_it_is_over() -> None:
    policy = replace(WITH_EMAIL, whatsapp_after=3, email_after=3)
    history = History(calls=ended(NO_ANSWER, NO_ANSWER, NO_ANSWER))
    assert decide_next_step(policy, history, NOW) == Contact(Channel.WHATSAPP, NOW, Rank.RETRY)
    history = replace(history, whatsapp_tried=True)
    assert decide_next_step(policy, history, NOW) == Contact(Channel.EMAIL, NOW, Rank.RETRY)
    history = replace(history, email_tried=True)
    assert decide_next_step(policy, history, NOW) == Done(Reason.EXHAUSTED)


def test_somebody_without_a_number_is_unreachable() -> None:
    nobody = History(has_phone=False, has_whatsapp=False)
    assert decide_next_step(POLICY, nobody, NOW) == Done(Reason.UNREACHABLE)
    assert decide_next_step(WITH_EMAIL, replace(nobody, has_email=False), NOW) == Done(Reason.UNREACHABLE)


def test_somebody_without_a_number_is_sent_the_email_there_is_once() -> None:
    nobody = History(has_phone=False, has_whatsapp=False)
    policy = replace(POLICY, can_email=True)
    assert decide_next_step(policy, nobody, NOW) == Contact(Channel.EMAIL, NOW, Rank.FRESH)
    assert decide_next_step(policy, replace(nobody, email_tried=True), NOW) == Done(Reason.EXHAUSTED)


def test_a_rule_has_waits_of_its_own_then_the_campaigns_hold_again() -> None:
    policy = with_rules(busy={"delays_minutes": [5], "maximum": 1})
    assert decide(policy, BUSY) == Contact(Channel.CALL, NOW + 5 * MINUTE, Rank.RETRY)
    assert decide(policy, BUSY, BUSY) == Contact(Channel.CALL, NOW + 4 * HOUR, Rank.RETRY)
    assert decide(policy, NO_ANSWER) == Contact(Channel.CALL, NOW + HOUR, Rank.RETRY)


def test_the_last_wait_of_a_rule_holds_for_all_further_tries() -> None:
    policy = with_rules(replace(POLICY, call_delays=(HOUR,) * 5), busy={"delays_minutes": [5, 15], "maximum": 4})
    assert decide(policy, BUSY, BUSY, BUSY) == Contact(Channel.CALL, NOW + 15 * MINUTE, Rank.RETRY)


def test_no_rule_allows_more_calls_than_the_campaign() -> None:
    policy = with_rules(busy={"delays_minutes": [5], "maximum": 20})
    assert decide(policy, BUSY, BUSY, BUSY) == Done(Reason.EXHAUSTED)


@pytest.mark.parametrize(
    ("then", "step"),
    [
        ("whatsapp", Contact(Channel.WHATSAPP, NOW, Rank.RETRY)),
        ("email", Contact(Channel.EMAIL, NOW, Rank.RETRY)),
        ("stop", Done(Reason.EXHAUSTED)),
        ("next_step", Contact(Channel.CALL, NOW + HOUR, Rank.RETRY)),
    ],
)
def test_what_a_rule_says_follows_once_its_tries_are_over(then: str, step: NextStep) -> None:
    policy = with_rules(replace(POLICY, whatsapp_after=9, can_email=True), voicemail={"maximum": 0, "then": then})
    assert decide(policy, CallEnd.VOICEMAIL) == step


def test_a_channel_the_campaign_does_not_have_is_passed_over() -> None:
    policy = with_rules(voicemail={"maximum": 0, "then": "whatsapp"})
    assert decide(policy, CallEnd.VOICEMAIL) == Contact(Channel.CALL, NOW + HOUR, Rank.RETRY)


def test_after_voicemail_another_time_of_day_can_be_asked_for() -> None:
    policy = with_rules(voicemail={"another_time_of_day": True})
    assert decide(policy, CallEnd.VOICEMAIL) == Contact(Channel.CALL, NOW + HOUR, Rank.RETRY, NOW)


@given(st.integers(-5000, 5000), st.integers(0, 5000))
def test_another_time_of_day_is_the_first_one_far_enough_away(since: int, before: int) -> None:
    at, avoids = NOW + since * MINUTE, NOW - before * MINUTE
    moved = at_another_time(at, avoids)
    assert at <= moved <= at + 2 * ANOTHER_TIME
    assert ANOTHER_TIME <= (moved - avoids) % timedelta(days=1) <= timedelta(days=1) - ANOTHER_TIME


def test_technical_failures_use_up_no_call_and_wait_longer_each_time() -> None:
    for failures, minutes in ((1, 5), (2, 15), (3, 60), (4, 240)):
        expected = Contact(Channel.CALL, NOW + minutes * MINUTE, Rank.RETRY)
        assert decide(POLICY, *[FAILED] * failures) == expected
    assert decide(POLICY, NO_ANSWER, NO_ANSWER, FAILED) == Contact(Channel.CALL, NOW + 3 * HOUR, Rank.RETRY)


def test_five_technical_failures_in_a_row_are_the_end() -> None:
    assert decide(POLICY, *[FAILED] * 5) == Done(Reason.UNREACHABLE, "technical_failures")
    assert isinstance(decide(POLICY, *[FAILED] * 4, NO_ANSWER, FAILED), Contact)


def test_a_message_may_take_the_place_of_a_line_that_fails() -> None:
    policy = with_rules(WITH_EMAIL, failed={"maximum": 0, "then": "email"})
    assert decide(policy, FAILED) == Contact(Channel.EMAIL, NOW, Rank.RETRY)
    written_to = History(calls=ended(FAILED), email_tried=True)
    assert decide_next_step(policy, written_to, NOW) == Done(Reason.UNREACHABLE, "technical_failures")


# --- whatever happens ------------------------------------------------------------------------------------------

delays = st.lists(st.integers(0, 3000), max_size=4)
thens = st.sampled_from(["next_step", "whatsapp", "email", "stop"])
rules = st.fixed_dictionaries({}, optional={"delays_minutes": delays, "maximum": st.integers(0, 20), "then": thens})
failure_rules = st.fixed_dictionaries(
    {},
    optional={
        "delays_minutes": st.lists(st.integers(0, 3000), min_size=1, max_size=4),
        "maximum": st.integers(0, 20),
        "then": st.sampled_from(["whatsapp", "email", "stop"]),
    },
)
retry_policies = st.fixed_dictionaries(
    {}, optional={"busy": rules, "no_answer": rules, "voicemail": rules, "short_call": rules, "failed": failure_rules}
).map(parse_retry_policy)
policies = st.builds(
    lambda waits, retries, whatsapp, first, email, can_email: replace(
        POLICY,
        call_delays=tuple(wait * MINUTE for wait in waits),
        retries=retries,
        whatsapp_after=whatsapp,
        starts_with_whatsapp=first and whatsapp is not None,
        can_email=can_email or email is not None,
        email_after=email,
    ),
    st.lists(st.integers(0, 3000), max_size=5),
    retry_policies,
    st.none() | st.integers(1, 4),
    st.booleans(),
    st.none() | st.integers(1, 4),
    st.booleans(),
)
# What happens in each call: how it ends, and how many minutes the person asks to be called back in, if they do.
fates = st.lists(st.tuples(st.sampled_from(CallEnd), st.none() | st.integers(1, 10_000)), min_size=1, max_size=12)


def least_wait(policy: ContactPolicy, calls: Sequence[PastCall]) -> timedelta:
    """Return the shortest wait anybody asked for after the last of `calls`."""
    made = [call for call in calls if call.end != FAILED]
    rule = policy.retries.rule_for(calls[-1].end)
    asked = [minutes * MINUTE for minutes in (rule.delays_minutes if rule else ())]
    if calls[-1].end != FAILED and len(made) <= len(policy.call_delays):
        asked.append(policy.call_delays[len(made) - 1])
    return min(asked, default=timedelta(0))


@given(policies, fates, st.booleans(), st.booleans())
def test_whatever_happens_it_ends_within_every_limit(
    policy: ContactPolicy, fate: list[tuple[CallEnd, int | None]], has_phone: bool, has_email: bool
) -> None:
    tries = policy.retries.failed.tries
    assert tries is not None
    most_calls = policy.maximum_calls + (policy.maximum_calls + 1) * (tries + 1)
    history, now = History(has_phone=has_phone, has_whatsapp=has_phone, has_email=has_email), NOW
    for turn in range(most_calls + 3):
        step = decide_next_step(policy, history, now)
        if isinstance(step, Done):
            break
        assert step.at >= now
        if step.channel == Channel.WHATSAPP:
            assert policy.whatsapp_after is not None and not history.whatsapp_tried and has_phone
            history = replace(history, whatsapp_tried=True)
        elif step.channel == Channel.EMAIL:
            assert policy.can_email and not history.email_tried and has_email
            history = replace(history, email_tried=True)
        else:
            assert has_phone
            assert len(history.made) < policy.maximum_calls
            assert history.technical_failures <= tries
            if history.callback_at is not None:
                assert step.rank == Rank.PROMISED and step.at >= history.callback_at
            elif history.calls:
                assert step.at >= history.calls[-1].at + least_wait(policy, history.calls)
            end, minutes = fate[turn % len(fate)]
            promised = step.at + minutes * MINUTE if minutes and end == CallEnd.ANSWERED else None
            kept = history.callback_at if end == FAILED else promised
            history = replace(history, calls=(*history.calls, PastCall(end, step.at)), callback_at=kept)
        now = max(now, step.at)
    else:
        pytest.fail("it goes on for ever")


@given(policies, fates)
def test_a_technical_failure_never_takes_a_call_away(
    policy: ContactPolicy, fate: list[tuple[CallEnd, int | None]]
) -> None:
    calls = ended(*(end for end, _ in fate))
    without = tuple(call for call in calls if call.end != FAILED)
    assert len(History(calls=calls).made) == len(without)
    step = decide_next_step(policy, History(calls=calls), NOW)
    if len(without) >= policy.maximum_calls:
        assert not (isinstance(step, Contact) and step.channel == Channel.CALL)


@given(policies, fates, st.integers(0, 10_000))
def test_a_promised_callback_comes_before_everything_while_calls_are_left(
    policy: ContactPolicy, fate: list[tuple[CallEnd, int | None]], minutes: int
) -> None:
    calls = ended(*(end for end, _ in fate), CallEnd.ANSWERED)
    promised = NOW + minutes * MINUTE
    step = decide_next_step(policy, History(calls=calls, callback_at=promised), NOW)
    if len(History(calls=calls).made) < policy.maximum_calls:
        assert step == Contact(Channel.CALL, promised, Rank.PROMISED)
