from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.errors import BadRequestError

from providers.simulator.web import Request
from tests.providers.simulator.rig import KEY, NO_TLS, Rig, rig, verified, wait_until

TO = "+34600000001"
FORCED = {TO: "agrees"}


def listed(it: Rig, **query: str) -> list[dict[str, Any]]:
    answer = it.http.get("/v1/convai/conversations", params=query, headers={"xi-api-key": KEY}).json()
    found: list[dict[str, Any]] = answer["conversations"]
    return found


def voice(**chances: float) -> dict[str, Any]:
    return {"voice": chances}


def webhooks(**chances: float) -> dict[str, Any]:
    return {"webhooks": chances}


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("before_500", 500, "internal_server_error"),
        ("rate_limited", 429, "rate_limit_exceeded"),
        ("concurrent_limit", 429, "concurrent_limit_exceeded"),
        ("rejected", 400, "invalid_phone_number"),
    ],
)
def test_a_fault_before_acceptance_places_no_call(tmp_path: Path, fault: str, status: int, code: str) -> None:
    with rig(tmp_path, voice(**{fault: 1})) as it:
        answer = it.dial(user_id="attempt_1")
        assert (answer.status_code, answer.json()["detail"]["code"]) == (status, code)
        assert ("Retry-After" in answer.headers) is (status == 429)
        assert listed(it) == []
        assert [(fact["fact"], fact["answer"]) for fact in it.facts()] == [("dial_requested", fault)]


def test_an_unsuccessful_success_places_no_call(tmp_path: Path) -> None:
    with rig(tmp_path, voice(success_false=1)) as it:
        answer = it.dial()
        assert (answer.status_code, answer.json()["success"]) == (200, False)
        assert answer.json()["conversation_id"] is None
        assert listed(it) == []


def test_an_accepted_call_may_be_answered_by_500(tmp_path: Path) -> None:
    with rig(tmp_path, voice(accepted_then_500=1)) as it:
        assert it.dial(user_id="attempt_1").status_code == 500
        assert len(listed(it, user_id="attempt_1")) == 1


def test_the_vendors_sdk_dials_once_when_told_not_to_retry(tmp_path: Path) -> None:
    with rig(tmp_path, voice(accepted_then_500=1)) as it, httpx.Client(verify=NO_TLS) as client:
        sdk = ElevenLabs(api_key=KEY, base_url=it.simulator.url, httpx_client=client)
        request: dict[str, Any] = {"agent_id": "a", "agent_phone_number_id": "p", "to_number": TO}
        with pytest.raises(ApiError):
            sdk.conversational_ai.twilio.outbound_call(**request, request_options={"max_retries": 0})
        assert len(it.facts("call_placed")) == 1


def test_an_accepted_call_may_be_answered_by_a_reset(tmp_path: Path) -> None:
    with rig(tmp_path, voice(accepted_then_reset=1)) as it:
        with pytest.raises(httpx.ReadError):
            it.dial(user_id="attempt_1")
        assert len(it.facts("call_placed")) == 1


def test_an_accepted_call_may_never_be_answered(tmp_path: Path) -> None:
    with rig(tmp_path, voice(accepted_then_hang=1, hang_seconds=20)) as it:
        it.http.timeout = httpx.Timeout(0.2)
        with pytest.raises(httpx.ReadTimeout):
            it.dial(user_id="attempt_1")
        it.settle()
        assert len(it.facts("call_ended")) == 1


def test_an_accepted_call_may_be_answered_late(tmp_path: Path) -> None:
    with rig(tmp_path, voice(slow_answer=1, slow_seconds=0.2)) as it:
        started = time.monotonic()
        assert it.dial().json()["success"]
        assert time.monotonic() - started >= 0.2


def test_a_placed_call_is_listed_only_after_the_lag(tmp_path: Path) -> None:
    with rig(tmp_path, {"list_lag_seconds": 0.2}) as it:
        id_ = it.dial(user_id="attempt_1").json()["conversation_id"]
        assert listed(it, user_id="attempt_1") == []
        assert it.http.get(f"/v1/convai/conversations/{id_}", headers={"xi-api-key": KEY}).is_success
        wait_until(lambda: len(listed(it, user_id="attempt_1")) == 1, 2)


def test_an_endless_lag_never_lists_anything(tmp_path: Path) -> None:
    with rig(tmp_path, {"list_lag_seconds": 1e9}) as it:
        it.dial()
        it.settle()
        assert listed(it) == []


def test_a_lost_webhook_is_never_sent(tmp_path: Path) -> None:
    with rig(tmp_path, webhooks(lost=1)) as it:
        it.dial()
        it.settle()
        assert it.receiver.got == []
        assert len(it.facts("webhook_lost")) == 1


def test_a_duplicated_webhook_comes_two_to_five_times(tmp_path: Path) -> None:
    with rig(tmp_path, webhooks(duplicated=1)) as it:
        it.dial()
        it.settle()
        assert 2 <= len(it.receiver.got) <= 5
        assert len({request.body for request in it.receiver.got}) == 1


def test_delayed_webhooks_come_out_of_order(tmp_path: Path) -> None:
    with rig(tmp_path, webhooks(delayed=1, delay_seconds=0.4)) as it:
        for index in range(12):
            it.dial(f"+3460000{index:04d}")
        it.settle()
        came = [body["data"]["conversation_id"] for body in it.receiver.bodies()]
        over = [fact["conversation_id"] for fact in it.facts("call_ended")]
        assert sorted(came) == sorted(over)
        assert came != over


def test_an_early_webhook_overtakes_the_answer(tmp_path: Path) -> None:
    with rig(tmp_path, webhooks(early=1), forced=FORCED) as it:
        answer = it.dial(user_id="attempt_1")
        (body,) = it.receiver.bodies()
        assert body["data"]["conversation_id"] == answer.json()["conversation_id"]
        assert body["data"]["status"] == "done"
        it.settle()
        assert len(it.receiver.got) == 1


def test_an_early_webhook_that_fails_comes_again(tmp_path: Path) -> None:
    with rig(tmp_path, webhooks(early=1), forced=FORCED) as it:
        it.receiver.statuses = [503]
        it.dial()
        it.settle()
        assert len(it.receiver.got) == 2


def test_a_forged_copy_tells_a_lie_and_fails_verification(tmp_path: Path) -> None:
    with rig(tmp_path, webhooks(forged=1), forced={TO: "declines"}) as it:
        it.receiver.statuses = [401, 401]
        it.dial()
        it.settle()
        verdicts = {request.body: verifies(request) for request in it.receiver.got}
        assert sorted(verdicts.values()) == [False, True]
        assert b"sign me up" in next(body for body, true in verdicts.items() if not true)
        assert {fact["forged"] for fact in it.facts("webhook_given_up")} == {True, False}


def verifies(request: Request) -> bool:
    try:
        verified(request)
    except BadRequestError:
        return False
    return True


def test_faults_are_changed_while_it_runs(tmp_path: Path) -> None:
    with rig(tmp_path, voice(before_500=1)) as it:
        assert it.dial().status_code == 500
        healed = it.http.post("/simulator/faults", json={})
        assert healed.json()["voice"]["before_500"] == 0
        assert it.dial().status_code == 200


def test_many_callers_at_once_get_what_the_dice_say(tmp_path: Path) -> None:
    with rig(tmp_path, voice(before_500=0.5)) as it:
        url, statuses = it.simulator.url, []

        def call(first: int) -> None:
            with httpx.Client(base_url=url, verify=NO_TLS) as client:
                for index in range(first, first + 50):
                    body = {"agent_id": "a", "agent_phone_number_id": "p", "to_number": f"+3460000{index:04d}"}
                    answer = client.post("/v1/convai/twilio/outbound-call", json=body, headers={"xi-api-key": KEY})
                    statuses.append(answer.status_code)

        threads = [threading.Thread(target=call, args=(first,)) for first in (0, 50, 100, 150)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        it.settle()
        placed = [fact["conversation_id"] for fact in it.facts("call_placed")]
        assert len(placed) == len(set(placed)) == statuses.count(200)
        assert 60 <= len(placed) <= 140
        assert sorted(fact["conversation_id"] for fact in it.facts("call_ended")) == sorted(placed)
        assert len(it.facts("webhook_delivered")) == len(placed)
