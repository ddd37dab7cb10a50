"""Decide what happens next with one person: a pure function of policy, history and time.

The rule, in order: a goal that is met ends it, so does a refusal; a promised callback comes first; then the campaign's
first channel; then a message once enough calls went unanswered or a rule for how they ended asks for it; then the next
call, as soon as the rule for the last one's end or the campaign's delays say; then nothing.

Technical failures use up none of the person's calls. They have a limit of their own, so that it ends all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from campaigns.policy import ContactPolicy
from campaigns.retry_policy import CallEnd, Then, VoicemailRule
from targets.models import CampaignTarget

Channel = CampaignTarget.Channel
DoneReason = CampaignTarget.DoneReason
QueueRank = CampaignTarget.QueueRank

ANSWERED = (CallEnd.ANSWERED, CallEnd.SHORT_CALL)
# How far on the clock the next call stays from a time of day at which only a machine answered.
ANOTHER_TIME = timedelta(hours=3)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call that was made, or failed for technical reasons, and when it was over."""

    end: CallEnd
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What has happened with one person so far; `calls` from the oldest to the latest.

    Which addresses are left says `has_phone` for calls, `has_whatsapp` and `has_email` for messages.
    """

    calls: Sequence[PastCall] = ()
    whatsapp_tried: bool = False
    email_tried: bool = False
    callback_at: datetime | None = None
    goal_met: bool = False
    declined: bool = False
    has_phone: bool = True
    has_whatsapp: bool = True
    has_email: bool = True

    @property
    def made(self) -> list[PastCall]:
        """The calls that used up one of the person's calls."""
        return [call for call in self.calls if call.end != CallEnd.FAILED]

    @property
    def unanswered(self) -> int:
        return sum(call.end not in ANSWERED for call in self.made)

    @property
    def technical_failures(self) -> int:
        """How many calls in a row, up to the latest, failed for technical reasons."""
        return sum(1 for _ in takewhile(lambda call: call.end == CallEnd.FAILED, reversed(self.calls)))


@dataclass(frozen=True, slots=True)
class Contact:
    """Try again over `channel`, not before `at`, and at another time of day than `avoids` where there is one."""

    channel: Channel
    at: datetime
    rank: QueueRank
    avoids: datetime | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Leave the person alone; `why` names what led to it where the reason alone does not tell."""

    reason: DoneReason
    why: str = ""


NextStep = Contact | Done


def decide_next_step(policy: ContactPolicy, history: History, now: datetime) -> NextStep:
    """Return the next step. Windows, gaps and suppressions are looked at when it is taken, not here."""
    if history.goal_met:
        return Done(DoneReason.GOAL_MET)
    if history.declined:
        return Done(DoneReason.DECLINED)
    is_broken = policy.retries.failed.is_spent(history.technical_failures)
    can_call = history.has_phone and not is_broken
    calls_left = can_call and len(history.made) < policy.maximum_calls
    if history.callback_at is not None and calls_left:
        earliest = max(history.callback_at, _after_failure(policy, history) or now, now)
        return Contact(Channel.CALL, earliest, QueueRank.PROMISED)
    then = _then(policy, history, calls_left=calls_left)
    message = _message(policy, history, then)
    if message is not None:
        return Contact(message, now, QueueRank.RETRY if history.calls else QueueRank.FRESH)
    if calls_left and then != Then.STOP:
        return _next_call(policy, history, now)
    if is_broken:
        return Done(DoneReason.UNREACHABLE, "technical_failures")
    has_been_tried = history.has_phone or history.email_tried
    return Done(DoneReason.EXHAUSTED if has_been_tried else DoneReason.UNREACHABLE)


def _then(policy: ContactPolicy, history: History, *, calls_left: bool) -> Then | None:
    """Return what the rule for the last call's end asks for now that its own tries are over; None if they are not."""
    if not history.calls:
        return None
    end = history.calls[-1].end
    rule = policy.retries.rule_for(end)
    if rule is None:
        return None
    was_last_call = not calls_left and end != CallEnd.FAILED
    return rule.then if was_last_call or rule.is_spent(_ended_so(history, end)) else None


def _ended_so(history: History, end: CallEnd) -> int:
    """Return how many calls ended so: technical failures in a row, all others together."""
    if end == CallEnd.FAILED:
        return history.technical_failures
    return sum(call.end == end for call in history.made)


def _message(policy: ContactPolicy, history: History, then: Then | None) -> Channel | None:
    """Return the channel of a message that is due now. Each is tried once."""
    if then == Then.STOP:
        return None
    if policy.whatsapp_after is not None and history.has_whatsapp and not history.whatsapp_tried:
        comes_first = policy.starts_with_whatsapp and not history.made
        if comes_first or then == Then.WHATSAPP or history.unanswered >= policy.whatsapp_after:
            return Channel.WHATSAPP
    if policy.can_email and history.has_email and not history.email_tried:
        enough = policy.email_after is not None and history.unanswered >= policy.email_after
        if enough or then == Then.EMAIL or not history.has_phone:
            return Channel.EMAIL
    return None


def _next_call(policy: ContactPolicy, history: History, now: datetime) -> Contact:
    after_failure = _after_failure(policy, history)
    if not history.made:
        # A person who was just written to gets the time a call would have had to pass.
        wait = policy.call_delays[0] if history.whatsapp_tried and policy.call_delays else timedelta(0)
        at = max(after_failure, now) if after_failure else now + wait
        return Contact(Channel.CALL, at, QueueRank.RETRY if history.calls else QueueRank.FRESH)
    last = history.made[-1]
    at = max(last.at + _wait(policy, history), after_failure or now, now)
    rule = policy.retries.rule_for(last.end)
    avoids = last.at if isinstance(rule, VoicemailRule) and rule.another_time_of_day else None
    return Contact(Channel.CALL, at, QueueRank.RETRY, avoids)


def _wait(policy: ContactPolicy, history: History) -> timedelta:
    """Return the wait after the last call that was made: its end's own, while that rule lasts, or the campaign's."""
    made = history.made
    rule, ended_so = policy.retries.rule_for(made[-1].end), _ended_so(history, made[-1].end)
    special = rule.delay(ended_so) if rule and not rule.is_spent(ended_so) else None
    return policy.call_delays[len(made) - 1] if special is None else special


def _after_failure(policy: ContactPolicy, history: History) -> datetime | None:
    """Return when a call that just failed for technical reasons may be tried again, None if none did."""
    failures = history.technical_failures
    if not failures:
        return None
    return history.calls[-1].at + (policy.retries.failed.delay(failures) or timedelta(0))


def at_another_time(at: datetime, avoids: datetime) -> datetime:
    """Return the first moment from `at` on whose time of day is at least `ANOTHER_TIME` away from that of `avoids`."""
    since = (at - avoids) % _DAY
    if since < ANOTHER_TIME:
        return at + (ANOTHER_TIME - since)
    if since > _DAY - ANOTHER_TIME:
        return at + (_DAY + ANOTHER_TIME - since)
    return at
