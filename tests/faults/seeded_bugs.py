"""F24: mistakes that were made elsewhere, put into the engine one at a time. Each must be caught by its scenario."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from lib import clock
from providers.base import CallRequest, InDoubt, SubmitResult
from providers.elevenlabs.voice import ElevenLabsVoice
from targets import inbox
from tests.faults import scenarios
from tests.faults.interleaving import replace_sql
from tests.faults.scenarios import Scenario

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class SeededBug:
    """A mistake, how to make it, and the happening in which it does harm."""

    name: str
    plant: Plant
    scenario: Scenario


def _setting(name: str, value: object) -> Plant:
    return lambda patch: patch.setattr(name, value)


def _sql(pattern: str, by: str) -> Plant:
    return lambda patch: replace_sql(patch, pattern, by)


def _count_without_lock(patch: pytest.MonkeyPatch) -> None:
    replace_sql(patch, r"pg_try_advisory_xact_lock\(", "pg_try_advisory_xact_lock_shared(")
    replace_sql(patch, r'(?s)(FROM "organizations_organization".*)FOR NO KEY UPDATE.*', r"\1")


def _new_key_per_send(patch: pytest.MonkeyPatch) -> None:
    place = ElevenLabsVoice.place_call

    def place_call(self: ElevenLabsVoice, request: CallRequest) -> SubmitResult:
        return place(self, replace(request, reference=str(uuid4())))

    patch.setattr(ElevenLabsVoice, "place_call", place_call)


def _library_that_repeats(patch: pytest.MonkeyPatch) -> None:
    place = ElevenLabsVoice.place_call

    def place_call(self: ElevenLabsVoice, request: CallRequest) -> SubmitResult:
        answer = place(self, request)
        return place(self, request) if isinstance(answer, InDoubt) else answer

    patch.setattr(ElevenLabsVoice, "place_call", place_call)


def _store_after_the_answer(patch: pytest.MonkeyPatch) -> None:
    later: list[object] = []  # what a process keeps in its memory dies with it

    def store(*arguments: object) -> inbox.ReceiveResult:
        later.append(arguments)
        return inbox.ReceiveResult.STORED

    patch.setattr("targets.inbox._store", store)


def _utc_for_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("targets.checks.candidate_zones", lambda *_: ["UTC"])


def _clock_of_the_worker(patch: pytest.MonkeyPatch) -> None:
    for module in ("claims", "submission"):
        patch.setattr(f"targets.{module}.read_clock", clock.now)


SEEDED_BUGS = (
    SeededBug(
        "what is unknown is tried again",
        _setting("targets.sweep.HORIZON", timedelta(0)),
        scenarios.call_in_doubt_and_missing_from_the_list,
    ),
    SeededBug(
        "no deadline between deciding and sending",
        _setting("targets.submission.SUBMIT_DEADLINE_SECONDS", float("inf")),
        scenarios.long_pause_before_sending,
    ),
    SeededBug("lines are counted without a lock", _count_without_lock, scenarios.two_claims_at_once),
    SeededBug("a new reference for every send", _new_key_per_send, scenarios.straight_path),
    SeededBug(
        "a library that repeats the request", _library_that_repeats, scenarios.answer_of_500_after_the_call_was_taken
    ),
    SeededBug(
        "an early webhook is dropped",
        _setting("targets.events._unmatched", lambda *_: "ignored"),
        scenarios.news_before_the_answer,
    ),
    SeededBug(
        "an opt-out that does not wait for dials",
        _sql(r"pg_advisory_xact_lock\(", "pg_advisory_xact_lock_shared("),
        scenarios.opt_out_while_deciding,
    ),
    SeededBug("the campaign is not locked while deciding", _sql("FOR SHARE", ""), scenarios.pause_while_deciding),
    SeededBug(
        "now() in the place of clock_timestamp()",
        _sql(r"(app_clock|clock_timestamp)\(\)", "now()"),
        scenarios.resume_while_deciding,
    ),
    SeededBug(
        "no lease in the point of no return",
        _sql(r'AND "targets_attempt"."lease_until" > \(?clock_timestamp\(\)\)?', ""),
        scenarios.message_after_its_lease,
    ),
    SeededBug(
        "no fence in the point of no return",
        _sql(r'(?s)(UPDATE "targets_attempt".*)"targets_attempt"."fence" = %s AND', r"\1 %s > 0 AND"),
        scenarios.the_fence_has_moved,
    ),
    SeededBug(
        "webhooks are inserted whether they are there or not",
        _sql(r"ON CONFLICT \(provider_account_id, event_key\) DO UPDATE SET deliveries = event.deliveries \+ 1", ""),
        scenarios.same_event_twice_at_once,
    ),
    SeededBug("webhooks are answered, then stored", _store_after_the_answer, scenarios.death_after_the_answer),
    SeededBug("windows are read in UTC", _utc_for_everybody, scenarios.half_past_eight_in_new_york),
    SeededBug("decisions by the worker's clock", _clock_of_the_worker, scenarios.worker_whose_clock_is_wrong),
    SeededBug(
        "no pause after a refusal",
        _setting("targets.answers.backoff", lambda *_: timedelta(0)),
        scenarios.refusals_without_end,
    ),
)
