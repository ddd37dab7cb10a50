"""Read what was tried before, in sets: how each attempt ended, and which address comes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from campaigns.policy import ContactPolicy
from campaigns.retry_policy import CallEnd
from providers.analysis.contract import Label, Verdict
from providers.base import CallOutcome, RefusalCode, Speaker
from targets.lifecycle import UNSENT_STATES, VOID_STATES, AttemptState
from targets.models import CampaignTarget
from targets.next_step import History, PastCall
from targets.people import address_for, addresses_on

Channel = CampaignTarget.Channel

# Refusals that waiting may not cure: they count as technical failures. All others are waited for as long as it takes.
MAY_NOT_CLEAR_UP = frozenset({RefusalCode.OTHER, RefusalCode.OUTSIDE_SESSION})
# So many of them in a row, and a message is given up.
MOST_REFUSALS = 5

# Calls that ended so use up none of the person's calls.
TECHNICAL_OUTCOMES = (CallOutcome.FAILED, CallOutcome.UNKNOWN)

_ENDS = {
    CallOutcome.BUSY: CallEnd.BUSY,
    CallOutcome.NO_ANSWER: CallEnd.NO_ANSWER,
    CallOutcome.VOICEMAIL: CallEnd.VOICEMAIL,
    **dict.fromkeys(TECHNICAL_OUTCOMES, CallEnd.FAILED),
}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt that was sent, or refused, as far as it matters for what comes next."""

    channel: str
    number: int
    state: str
    outcome: str
    error_code: str
    address: str
    at: datetime
    duration_seconds: int | None
    is_silent: bool  # something was said, and nothing of it by the person
    is_denied: bool  # nobody could find out about it, until a person said that it never happened
    is_past: bool  # the outreach was begun afresh since

    @property
    def counts(self) -> bool:
        return self.state not in VOID_STATES and not self.needs_template and not self.is_denied

    @property
    def needs_template(self) -> bool:
        """Say whether WhatsApp refused free text, at once or later: the same goes out as a template, once more."""
        return self.error_code == RefusalCode.OUTSIDE_SESSION

    @property
    def is_refused_for_good(self) -> bool:
        is_rejected = self.state == AttemptState.REJECTED and self.error_code in MAY_NOT_CLEAR_UP
        return is_rejected or self.needs_template


Tries = Mapping[UUID, Sequence[Try]]
# Written by hand: it is asked with each call that ends, and the ORM needs longer to write it than PostgreSQL to answer.
# The columns are those of `Try`. A turn of nothing but dots is how vendors write down that the person kept silent.
_TRIES = f"""
SELECT a.target_id, a.channel, a.number, a.state, a.outcome, a.error_code, a.address,
       coalesce(a.ended_at, a.submit_started_at), a.duration_seconds,
       a.outcome = '{CallOutcome.ANSWERED}' AND EXISTS (
         SELECT FROM targets_conversation c WHERE c.attempt_id = a.id AND c.turns <> '[]' AND NOT jsonb_path_exists(
           c.turns, '$[*] ? (@.speaker == "{Speaker.PERSON}" && @.text like_regex "[^ .…]")')),
       a.state = '{AttemptState.GAVE_UP}' AND EXISTS (
         SELECT FROM targets_reviewitem r WHERE r.attempt_id = a.id AND r.decision = 'not_called'),
       a.round < t.round
FROM targets_attempt a JOIN targets_campaigntarget t ON t.id = a.target_id
WHERE a.target_id = ANY(%s) AND a.state <> ALL(%s)
ORDER BY a.reserved_at, a.number, a.created_at
"""  # noqa: S608  # put together from constants


def tries_of(target_ids: Sequence[UUID]) -> Tries:
    """Return what was tried with each target, the oldest first: one query."""
    found: defaultdict[UUID, list[Try]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_TRIES, [list(target_ids), list(UNSENT_STATES)])
        for target_id, *values in cursor.fetchall():
            found[target_id].append(Try(*values))
    return found


def next_number(tries: Sequence[Try], channel: str) -> int:
    """Return the number of the next attempt on `channel`: above all that are taken, whether they count or not."""
    taken = (item.number for item in tries if item.channel == channel and item.state not in VOID_STATES)
    return max(taken, default=0) + 1


def history_of(target: CampaignTarget, tries: Sequence[Try], policy: ContactPolicy) -> History:
    """Return what has happened with a target (customer loaded) in its present round, for `decide_next_step`.

    An address that was found invalid stays so in every round.
    """
    present = [item for item in tries if not item.is_past]
    return History(
        calls=_calls(present, policy),
        whatsapp_tried=_was_tried(present, Channel.WHATSAPP),
        email_tried=_was_tried(present, Channel.EMAIL),
        callback_at=target.callback_at,
        goal_met=target.goal_met_at is not None,
        declined=target.campaign_goal_result == Verdict.NOT_MET and target.ai_label == Label.NEGATIVE,
        has_phone=_is_reachable(target, tries, Channel.CALL),
        has_whatsapp=_is_reachable(target, tries, Channel.WHATSAPP),
        has_email=_is_reachable(target, tries, Channel.EMAIL),
    )


def next_address(
    target: CampaignTarget,
    channel: str,
    rank: int,
    tries: Sequence[Try],
    policy: ContactPolicy,
    *,
    barred: Collection[str] = (),
) -> str | None:
    """Return where to try next on `channel`: the person's next address, or the same one again; never a `barred` one.

    The same one for a promised callback, which was promised there, and where the rule for the last call's end says so.
    """
    made = [item for item in tries if item.channel == channel and item.counts and not item.is_past]
    last = made[-1] if made else None
    rule = policy.retries.rule_for(_end_of(last, policy)) if last and channel == Channel.CALL else None
    again = rank == CampaignTarget.QueueRank.PROMISED or (rule is not None and not rule.next_number)
    unusable = _unusable(tries, channel).union(barred)
    return address_for(target, channel, last=last.address if last else "", again=again, unusable=unusable)


def _calls(tries: Sequence[Try], policy: ContactPolicy) -> tuple[PastCall, ...]:
    return tuple(
        PastCall(_end_of(item, policy), item.at)
        for item in tries
        if item.channel == Channel.CALL and not item.is_denied
        if item.state != AttemptState.REJECTED or item.is_refused_for_good
    )


def _end_of(item: Try, policy: ContactPolicy) -> CallEnd:
    if not item.counts:
        return CallEnd.FAILED  # refused for good, or proved never to have happened
    if item.outcome != CallOutcome.ANSWERED:
        return _ENDS[CallOutcome(item.outcome)] if item.outcome else CallEnd.UNCLEAR
    seconds = item.duration_seconds
    is_short = item.is_silent or (seconds is not None and seconds < policy.retries.short_call_seconds)
    return CallEnd.SHORT_CALL if is_short else CallEnd.ANSWERED


def _was_tried(tries: Sequence[Try], channel: str) -> bool:
    """Say whether a message was sent over `channel`, or refused too often to try any more."""
    on_channel = [item for item in tries if item.channel == channel]
    refused = sum(item.is_refused_for_good for item in on_channel)
    return refused >= MOST_REFUSALS or any(item.counts for item in on_channel)


def _is_reachable(target: CampaignTarget, tries: Sequence[Try], channel: str) -> bool:
    unusable = _unusable(tries, channel)
    return any(address not in unusable for address in addresses_on(target, channel))


def _unusable(tries: Sequence[Try], channel: str) -> frozenset[str]:
    """Return the addresses a provider called invalid on `channel`."""
    refused = (item for item in tries if item.error_code == RefusalCode.INVALID_ADDRESS)
    return frozenset(item.address for item in refused if item.channel == channel)
