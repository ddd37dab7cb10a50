"""Read what was tried before, in sets: which attempts count, which addresses proved useless."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, Max, Q

from providers.analysis.contract import Label, Verdict
from providers.base import CallOutcome, RefusalCode
from targets.lifecycle import VOID_STATES, AttemptState
from targets.models import Attempt, CampaignTarget
from targets.next_step import History
from targets.people import phones_of

Channel = CampaignTarget.Channel


def attempts_tried(target_ids: Sequence[UUID]) -> dict[tuple[UUID, str], int]:
    """Return how many attempts of each target count on each channel, as {(target, channel): number}."""
    attempts = Attempt.objects.filter(target_id__in=target_ids).exclude(state__in=VOID_STATES)
    counted = attempts.values_list("target_id", "channel").annotate(tried=Count("id"))
    return {(target_id, channel): tried for target_id, channel, tried in counted}


def unusable_addresses(target_ids: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the addresses a provider called invalid, by target."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    refused = Attempt.objects.filter(target_id__in=target_ids, error_code=RefusalCode.INVALID_ADDRESS)
    for target_id, address in refused.values_list("target_id", "address"):
        found[target_id].add(address)
    return {target_id: frozenset(addresses) for target_id, addresses in found.items()}


def history_of(target: CampaignTarget) -> History:
    """Return what has happened with a target (customer loaded), for `decide_next_step`."""
    counted = Attempt.objects.filter(target=target).exclude(state__in=[*VOID_STATES, AttemptState.RESERVED])
    calls = Q(channel=Channel.CALL)
    facts = counted.aggregate(
        calls_made=Count("id", filter=calls),
        calls_answered=Count("id", filter=calls & Q(outcome=CallOutcome.ANSWERED)),
        last_call_at=Max("submit_started_at", filter=calls),
        last_call_ended=Max("ended_at", filter=calls),
        whatsapp_tried=Count("id", filter=Q(channel=Channel.WHATSAPP)),
    )
    unusable = unusable_addresses([target.pk]).get(target.pk, frozenset())
    return History(
        calls_made=facts["calls_made"],
        calls_answered=facts["calls_answered"],
        whatsapp_tried=facts["whatsapp_tried"],
        last_call_at=facts["last_call_ended"] or facts["last_call_at"],
        callback_at=target.callback_at,
        goal_met=target.goal_met_at is not None,
        declined=target.campaign_goal_result == Verdict.NOT_MET and target.ai_label == Label.NEGATIVE,
        has_phone=any(number not in unusable for number in phones_of(target)),
    )
