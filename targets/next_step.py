"""Decide what happens next with one person: a pure function of policy, history and time.

The rule, in order: a goal that is met ends it, so does a refusal; a promised callback comes first; then the campaign's
first channel; then a message once enough calls went unanswered; then the next call; then nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.policy import ContactPolicy
from targets.models import CampaignTarget

Channel = CampaignTarget.Channel
DoneReason = CampaignTarget.DoneReason
QueueRank = CampaignTarget.QueueRank


@dataclass(frozen=True, slots=True)
class History:
    """What has happened with one person so far. Attempts that reached nobody's network do not count."""

    calls_made: int = 0
    calls_answered: int = 0
    whatsapp_tried: int = 0
    last_call_at: datetime | None = None
    callback_at: datetime | None = None
    goal_met: bool = False
    declined: bool = False
    has_phone: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    """Try again over `channel`, not before `at`."""

    channel: Channel
    at: datetime
    rank: QueueRank


@dataclass(frozen=True, slots=True)
class Done:
    """Leave the person alone."""

    reason: DoneReason


NextStep = Contact | Done


def decide_next_step(policy: ContactPolicy, history: History, now: datetime) -> NextStep:
    """Return the next step. Windows, gaps and suppressions are looked at when it is taken, not here."""
    if history.goal_met:
        return Done(DoneReason.GOAL_MET)
    if history.declined:
        return Done(DoneReason.DECLINED)
    if not history.has_phone:
        return Done(DoneReason.UNREACHABLE)
    calls_left = history.calls_made < policy.maximum_calls
    if history.callback_at is not None and calls_left:
        return Contact(Channel.CALL, max(history.callback_at, now), QueueRank.PROMISED)
    if _message_is_next(policy, history):
        rank = QueueRank.RETRY if history.calls_made else QueueRank.FRESH
        return Contact(Channel.WHATSAPP, now, rank)
    if calls_left:
        return _next_call(policy, history, now)
    return Done(DoneReason.EXHAUSTED)


def _message_is_next(policy: ContactPolicy, history: History) -> bool:
    if policy.whatsapp_after is None or history.whatsapp_tried:
        return False
    unanswered = history.calls_made - history.calls_answered
    return unanswered >= policy.whatsapp_after or (policy.starts_with_whatsapp and not history.calls_made)


def _next_call(policy: ContactPolicy, history: History, now: datetime) -> Contact:
    if history.last_call_at is None or not history.calls_made:
        # A person who was just written to gets the time a call would have had to pass.
        wait = policy.call_delays[0] if history.whatsapp_tried and policy.call_delays else None
        return Contact(Channel.CALL, now + wait if wait else now, QueueRank.FRESH)
    delay = policy.call_delays[history.calls_made - 1]
    return Contact(Channel.CALL, max(history.last_call_at + delay, now), QueueRank.RETRY)
