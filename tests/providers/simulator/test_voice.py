from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from elevenlabs import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.errors import UnprocessableEntityError
from elevenlabs.types import GetConversationResponseModel, GetConversationsPageResponseModel

from lib import clock
from lib.clock import SimulatedClock
from providers.simulator.personas import PERSONAS, UNANSWERED, Scene
from tests.providers.simulator.rig import KEY, NO_TLS, OTHER_KEY, Rig, rig

TO = "+34600000001"
NO_RETRY: Any = {"max_retries": 0, "timeout_in_seconds": 5}


@pytest.fixture(name="rigged")
def rigged_fixture(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as it:
        yield it


@pytest.fixture(name="sdk")
def sdk_fixture(rigged: Rig) -> Iterator[ElevenLabs]:
    with httpx.Client(verify=NO_TLS) as client:
        yield ElevenLabs(api_key=KEY, base_url=rigged.simulator.url, httpx_client=client)


def client_data(persona: str, **agent: str) -> Any:
    return {
        "user_id": "attempt_42",
        "dynamic_variables": {"simulator_persona": persona, "customer_name": "Ana"},
        "conversation_config_override": {"agent": agent},
    }


def dial(sdk: ElevenLabs, persona: str, to: str = TO, **agent: str) -> str:
    data = client_data(persona, **agent)
    answer = sdk.conversational_ai.twilio.outbound_call(
        agent_id="agent_1",
        agent_phone_number_id="phnum_1",
        to_number=to,
        conversation_initiation_client_data=data,
        request_options=NO_RETRY,
    )
    assert answer.success
    assert answer.call_sid
    assert answer.conversation_id
    return str(answer.conversation_id)


def ended(rigged: Rig, sdk: ElevenLabs, conversation_id: str) -> GetConversationResponseModel:
    rigged.settle()
    raw = rigged.http.get(f"/v1/convai/conversations/{conversation_id}", headers={"xi-api-key": KEY}).json()
    strict = GetConversationResponseModel.model_validate(raw)  # the SDK's own parsing lets anything pass
    assert sdk.conversational_ai.conversations.get(conversation_id) == strict
    return strict


def test_an_interested_person_is_seen_by_the_sdk_and_the_webhook_alike(rigged: Rig, sdk: ElevenLabs) -> None:
    id_ = dial(sdk, "books", first_message="¿Hola, Ana?", language="it")
    seen = ended(rigged, sdk, id_)
    assert (seen.status, seen.user_id, seen.agent_id) == ("done", "attempt_42", "agent_1")
    assert seen.transcript[0].message == "¿Hola, Ana?"
    assert len(seen.transcript) >= 6
    assert seen.metadata.main_language == "it"
    assert seen.metadata.call_duration_secs > seen.transcript[-1].time_in_call_secs
    assert seen.metadata.phone_call is not None
    assert seen.metadata.phone_call.type == "twilio"
    assert (seen.metadata.phone_call.call_result, seen.metadata.phone_call.external_number) == ("answered", TO)
    assert seen.analysis is not None
    assert seen.analysis.call_successful == "success"
    assert seen.analysis.data_collection_results is not None
    assert datetime.fromisoformat(str(seen.analysis.data_collection_results["appointment_time"].value))
    assert seen.analysis.data_collection_results["callback_time"].value is None
    heard = rigged.event()
    assert heard["type"] == "post_call_transcription"
    assert GetConversationResponseModel.model_validate(heard["data"]) == GetConversationResponseModel.model_validate(
        rigged.http.get(f"/v1/convai/conversations/{id_}", headers={"xi-api-key": KEY}).json()
    )
    assert heard["data"]["conversation_initiation_client_data"]["dynamic_variables"]["customer_name"] == "Ana"


def test_a_sip_call_has_its_own_ids(rigged: Rig, sdk: ElevenLabs) -> None:
    answer = sdk.conversational_ai.sip_trunk.outbound_call(
        agent_id="agent_1",
        agent_phone_number_id="phnum_1",
        to_number=TO,
        conversation_initiation_client_data=client_data("busy_then_books"),
        request_options=NO_RETRY,
    )
    assert answer.success
    assert answer.sip_call_id
    seen = ended(rigged, sdk, str(answer.conversation_id))
    assert seen.metadata.phone_call is not None
    assert seen.metadata.phone_call.type == "sip_trunking"
    assert rigged.event()["data"]["metadata"]["type"] == "sip"
    assert rigged.event()["data"]["metadata"]["body"]["sip_status_code"] == 486


@pytest.mark.parametrize(
    ("persona", "reason", "result"),
    [
        ("busy_then_books", "busy", "busy"),
        ("never_answers", "no-answer", "no_answer"),
        ("invalid_number", "unknown", "failed"),
    ],
)
def test_a_call_nobody_answers_fails(rigged: Rig, sdk: ElevenLabs, persona: str, reason: str, result: str) -> None:
    seen = ended(rigged, sdk, dial(sdk, persona))
    assert (seen.status, seen.transcript, seen.analysis) == ("failed", [], None)
    assert seen.metadata.phone_call is not None
    assert seen.metadata.phone_call.call_result == result
    heard = rigged.event()
    assert (heard["type"], heard["data"]["failure_reason"]) == ("call_initiation_failure", reason)
    assert heard["data"]["metadata"]["body"]["To"] == TO


def test_a_machine_is_a_done_call_whose_voicemail_was_detected(rigged: Rig, sdk: ElevenLabs) -> None:
    seen = ended(rigged, sdk, dial(sdk, "always_voicemail"))
    assert seen.status == "done"
    assert seen.metadata.phone_call is not None
    assert seen.metadata.phone_call.call_result == "voicemail"
    assert seen.metadata.features_usage is not None
    assert seen.metadata.features_usage.voicemail_detection is not None
    assert seen.metadata.features_usage.voicemail_detection.used
    assert "voicemail" in str(seen.metadata.termination_reason)
    assert rigged.event()["type"] == "post_call_transcription"


def test_the_second_call_to_a_person_may_go_otherwise(rigged: Rig, sdk: ElevenLabs) -> None:
    first, second = dial(sdk, "busy_then_books"), dial(sdk, "busy_then_books")
    assert ended(rigged, sdk, first).status == "failed"
    assert ended(rigged, sdk, second).status == "done"


def test_every_persona_makes_shapes_the_sdk_accepts(rigged: Rig, sdk: ElevenLabs) -> None:
    ids = {name: dial(sdk, name, f"+3460000{index:04d}") for index, name in enumerate(PERSONAS)}
    for name, id_ in ids.items():
        answered = PERSONAS[name].scene(1) not in UNANSWERED
        assert ended(rigged, sdk, id_).status == ("done" if answered else "failed")
    page = rigged.http.get("/v1/convai/conversations", headers={"xi-api-key": KEY}).json()
    assert len(GetConversationsPageResponseModel.model_validate(page).conversations) == len(PERSONAS)


def test_a_call_comes_along_step_by_step(tmp_path: Path) -> None:
    with rig(tmp_path, time_factor=100, transcript_latency_seconds=20, forced={TO: "agrees"}) as it:
        id_ = it.dial().json()["conversation_id"]
        seen: list[str] = []
        while not seen or seen[-1] != "done":
            answer = it.http.get(f"/v1/convai/conversations/{id_}", headers={"xi-api-key": KEY}).json()
            if answer["status"] not in seen:
                seen.append(answer["status"])
            assert bool(answer["transcript"]) is (answer["status"] in ("processing", "done"))
    assert seen == ["initiated", "in-progress", "processing", "done"]


def test_no_answer_takes_as_long_as_it_may_ring(tmp_path: Path) -> None:
    with rig(tmp_path, time_factor=100, forced={TO: "never_answers"}) as it:
        body = {"agent_id": "a", "agent_phone_number_id": "p", "to_number": TO}
        whole = {**body, "telephony_call_config": {"ringing_timeout_secs": 20}}
        assert it.http.post("/v1/convai/twilio/outbound-call", json=whole, headers={"xi-api-key": KEY}).is_success
        it.settle()
        placed, hung_up = it.facts("call_placed", "call_ended")
    passed = datetime.fromisoformat(hung_up["real_at"]) - datetime.fromisoformat(placed["real_at"])
    assert 0.2 <= passed.total_seconds() < 0.6


def test_calls_last_as_long_as_the_simulated_clock_says(tmp_path: Path, simulated: SimulatedClock) -> None:
    with rig(tmp_path, time_factor=0.001, forced={TO: "agrees"}) as it:
        it.dial()
        it.settle()
        placed, hung_up = it.facts("call_placed", "call_ended")
    passed = datetime.fromisoformat(hung_up["at"]) - datetime.fromisoformat(placed["at"])
    assert passed >= timedelta(seconds=hung_up["duration"])
    assert placed["at"].startswith("2030-01-01")
    assert not placed["real_at"].startswith("2030")


@pytest.fixture(name="simulated")
def simulated_fixture() -> Iterator[SimulatedClock]:
    line = SimulatedClock(datetime.now(UTC), datetime(2030, 1, 1, tzinfo=UTC), 1000.0)
    clock.install(line)
    yield line
    clock.install(None)


def test_a_webhook_is_signed_with_the_real_time(tmp_path: Path, simulated: SimulatedClock) -> None:
    with rig(tmp_path, forced={TO: "agrees"}) as it:
        it.dial()
        it.settle()
        stamp = it.receiver.got[0].headers["ElevenLabs-Signature"].split(",")[0]
        assert abs(int(stamp.removeprefix("t=")) - time.time()) < 10
        assert it.receiver.bodies()[0]["event_timestamp"] >= simulated.simulated_anchor.timestamp()


def test_an_accounts_calls_are_its_own(rigged: Rig) -> None:
    id_ = rigged.dial(user_id="attempt_1").json()["conversation_id"]
    other = {"xi-api-key": OTHER_KEY}
    assert rigged.http.get(f"/v1/convai/conversations/{id_}", headers=other).status_code == 404
    assert rigged.http.get("/v1/convai/conversations", headers=other).json()["conversations"] == []
    assert rigged.http.get("/v1/convai/conversations?user_id=attempt_1", headers=other).json()["conversations"] == []


def test_an_unknown_key_is_refused_in_the_vendors_words(rigged: Rig) -> None:
    with httpx.Client(verify=NO_TLS) as client:
        stranger = ElevenLabs(api_key="sk_none", base_url=rigged.simulator.url, httpx_client=client)
        with pytest.raises(ApiError) as caught:
            stranger.conversational_ai.conversations.list()
    assert caught.value.status_code == 401
    assert caught.value.body["detail"]["status"] == "invalid_api_key"


def test_a_request_without_an_agent_is_unprocessable(rigged: Rig, sdk: ElevenLabs) -> None:
    with pytest.raises(UnprocessableEntityError) as caught:
        sdk.conversational_ai.twilio.outbound_call(
            agent_id=None,  # the mistake under test
            agent_phone_number_id="phnum_1",
            to_number=TO,
        )
    assert caught.value.body["detail"][0]["loc"] == ["body", "agent_id"]
    assert rigged.facts("call_placed") == []


@pytest.mark.parametrize("number", ["600000001", "+12", "whatsapp:+34600000001", "+34 600 000 001"])
def test_a_number_that_is_none_is_rejected(rigged: Rig, number: str) -> None:
    assert rigged.dial(number).status_code == 400
    assert [fact["answer"] for fact in rigged.facts("dial_requested")] == ["rejected"]
    assert rigged.facts("call_placed") == []


def test_the_log_tells_a_calls_whole_story_without_the_key(rigged: Rig) -> None:
    id_ = rigged.dial(user_id="attempt_9", dynamic_variables={"simulator_persona": "declines"}).json()[
        "conversation_id"
    ]
    rigged.settle()
    facts = rigged.facts()
    assert [fact["fact"] for fact in facts] == ["dial_requested", "call_placed", "call_ended", "webhook_delivered"]
    requested, placed, over, delivered = facts
    assert (requested["reference"], requested["to"], requested["from"]) == ("attempt_9", TO, "phnum_1")
    assert (placed["conversation_id"], placed["persona"], placed["scene"]) == (id_, "declines", Scene.DECLINES)
    assert (over["outcome"], over["reference"]) == ("answered", "attempt_9")
    assert over["turns"] >= 6
    assert (delivered["id"], delivered["status"], delivered["tries"]) == (id_, 200, 1)
    assert KEY not in rigged.log_path.read_text()
