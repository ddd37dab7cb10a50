"""Let the project's own adapters talk to the simulator: what they understand of it is what the engine sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from providers.analysis.checks import checked
from providers.analysis.contract import Analysis, AnalysisRequest, Verdict
from providers.analysis.openai_compatible import OpenAICompatibleAnalyzer
from providers.base import (
    Accepted,
    CallEvent,
    CallOutcome,
    CallPhase,
    CallReport,
    CallRequest,
    DeliveryEvent,
    DeliveryStatus,
    InboundEvent,
    InDoubt,
    MessageRequest,
    RefusalCode,
    Refused,
    SubmitResult,
    WebhookReceiver,
)
from providers.elevenlabs.voice import ElevenLabsVoice
from providers.elevenlabs.webhooks import ElevenLabsReceiver
from providers.simulator.personas import PERSONAS, UNANSWERED, Scene
from providers.whatsapp.cloud import WhatsAppCloud
from providers.whatsapp.webhooks import WhatsAppReceiver
from tests.providers.simulator.rig import APP_SECRET, KEY, MODEL_KEY, PNID, SECRET, TOKEN, Rig, rig

TO = "+34600000001"
PEOPLE = {f"+3460000{index:04d}": name for index, name in enumerate(PERSONAS)}
VERDICTS = {
    Scene.BOOKS: Verdict.MET,
    Scene.AGREES: Verdict.MET,
    Scene.CALLBACK: Verdict.UNCLEAR,
    Scene.UNDECIDED: Verdict.UNCLEAR,
    Scene.SILENT: Verdict.UNCLEAR,
    Scene.VOICEMAIL: Verdict.UNCLEAR,
}
OUTCOMES = {
    Scene.BUSY: CallOutcome.BUSY,
    Scene.NO_ANSWER: CallOutcome.NO_ANSWER,
    Scene.INVALID: CallOutcome.FAILED,
    Scene.VOICEMAIL: CallOutcome.VOICEMAIL,
}


@pytest.fixture(name="it")
def rig_fixture(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path, forced=PEOPLE, time_factor=1e5) as running:
        yield running


def place(it: Rig, to: str = TO, reference: str = "attempt_1") -> SubmitResult:
    voice = ElevenLabsVoice(KEY, it.simulator.url)
    try:
        return voice.place_call(CallRequest(reference, to, "agent_1", "phnum_1", {"customer_name": "Ana"}))
    finally:
        voice.close()


def events(it: Rig, receiver: WebhookReceiver, secret: str) -> list[object]:
    now = datetime.now(UTC)
    found: list[object] = []
    for request in it.receiver.got:
        headers = {name.lower(): value for name, value in request.headers.items()}
        receiver.verify(request.body, headers, secrets=[secret], now=now)
        found += receiver.parse(request.body)
    return found


def test_every_kind_of_call_is_understood_from_webhook_and_look_up_alike(it: Rig) -> None:
    scenes = {}
    for to, name in PEOPLE.items():
        placed = place(it, to, f"attempt_{name}")
        assert isinstance(placed, Accepted)
        scenes[placed.provider_id] = PERSONAS[name].scene(1)
    it.settle()
    heard = {
        event.report.provider_id: event.report
        for event in events(it, ElevenLabsReceiver(), SECRET)
        if isinstance(event, CallEvent)
    }
    voice = ElevenLabsVoice(KEY, it.simulator.url)
    for id_, scene in scenes.items():
        seen = voice.fetch_call(id_)
        assert seen is not None
        for report in (heard[id_], seen):
            assert report.phase is CallPhase.ENDED
            assert report.outcome is OUTCOMES.get(scene, CallOutcome.ANSWERED), scene
        if scene not in UNANSWERED:
            assert heard[id_].turns == seen.turns
            assert heard[id_].reference == seen.reference
    voice.close()


def test_a_call_in_doubt_is_found_by_its_reference(it: Rig) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    it.http.post("/simulator/faults", json={"voice": {"accepted_then_500": 1}})
    assert isinstance(place(it), InDoubt)
    voice = ElevenLabsVoice(KEY, it.simulator.url)
    found = voice.find_call("attempt_1", since=since)
    assert isinstance(found, CallReport)
    assert found.reference == "attempt_1"
    assert voice.find_call("attempt_2", since=since) is None
    voice.close()


def test_every_call_since_a_moment_is_listed_with_its_number(it: Rig) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    for to, name in PEOPLE.items():
        place(it, to, f"attempt_{name}")
    it.settle()
    voice = ElevenLabsVoice(KEY, it.simulator.url)
    reports = list(voice.list_calls(since))
    assert {(report.to_number, report.reference) for report in reports} == {
        (to, f"attempt_{name}") for to, name in PEOPLE.items()
    }
    assert all(report.phase is CallPhase.ENDED and report.started_at for report in reports)
    assert list(voice.list_calls(datetime.now(UTC) + timedelta(minutes=5))) == []
    voice.close()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("rate_limited", RefusalCode.RATE_LIMITED),
        ("concurrent_limit", RefusalCode.NO_CAPACITY),
        ("rejected", RefusalCode.INVALID_ADDRESS),
    ],
)
def test_a_refusal_is_understood(it: Rig, fault: str, code: RefusalCode) -> None:
    it.http.post("/simulator/faults", json={"voice": {fault: 1}})
    answer = place(it)
    assert isinstance(answer, Refused)
    assert answer.code is code


def test_messages_and_replies_are_understood(it: Rig) -> None:
    whatsapp = WhatsAppCloud(TOKEN, it.simulator.url)
    eager = next(number for number, name in PEOPLE.items() if name == "opts_out")
    # Before the template, which they may answer at once: then a text would be allowed.
    text = whatsapp.send_message(MessageRequest("msg_1", eager, PNID, text="Hi"))
    request = MessageRequest("msg_2", eager, PNID, template_name="hello", template_language="es")
    answer = whatsapp.send_message(request)
    whatsapp.close()
    assert isinstance(answer, Accepted)
    assert isinstance(text, Refused)
    assert text.code is RefusalCode.OUTSIDE_SESSION
    it.settle()
    found = events(it, WhatsAppReceiver(), APP_SECRET)
    statuses = {event.status for event in found if isinstance(event, DeliveryEvent)}
    assert {DeliveryStatus.SENT, DeliveryStatus.DELIVERED} <= statuses
    replies = [event for event in found if isinstance(event, InboundEvent)]
    assert [reply.from_address for reply in replies] == [eager] * len(it.facts("inbound_sent"))


def analyses(it: Rig) -> Iterator[tuple[Scene, Analysis, Analysis]]:
    """Call everybody and yield what happened, the model's analysis, and what the evidence leaves of it."""
    for to, name in PEOPLE.items():
        place(it, to, name)
    it.settle()
    analyzer = OpenAICompatibleAnalyzer(f"{it.simulator.url}/v1", MODEL_KEY, "simulated")
    for event in events(it, ElevenLabsReceiver(), SECRET):
        assert isinstance(event, CallEvent)
        if event.report.turns:
            request = AnalysisRequest("book a demo", event.report.turns, called_at=datetime(2026, 9, 28, 11, 30))  # noqa: DTZ001 - local time
            scene = PERSONAS[event.report.reference].scene(1)
            found = analyzer.analyze(request)
            yield scene, found, checked(found, event.report.turns)
    analyzer.close()


def test_the_model_judges_every_scene_rightly_and_with_sound_evidence(it: Rig) -> None:
    judged = list(analyses(it))
    assert len(judged) > 10
    for scene, found, left in judged:
        assert found.verdict is VERDICTS.get(scene, Verdict.NOT_MET), scene
        assert left == found
        assert found.callback.value is (scene is Scene.CALLBACK)
        assert found.opt_out.value is (scene is Scene.OPTS_OUT)
        if scene is Scene.CALLBACK:
            assert found.callback_at is not None
            assert found.callback_at.startswith(("2026-09-29T", "2026-09-30T"))
