from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from lib import clock
from lib.clock import SimulatedClock
from providers.simulator.personas import persona_of
from tests.providers.simulator.rig import PNID, TOKEN, Rig, rig

TO = "+34600000001"
EAGER, QUIET, STOPS, ABSENT = "books", "never_answers", "opts_out", "invalid_number"


@pytest.fixture(autouse=True)
def restored_clock() -> Iterator[None]:
    yield
    clock.install(None)


def values(it: Rig) -> list[dict[str, Any]]:
    return [change["value"] for body in it.receiver.bodies() for change in body["entry"][0]["changes"]]


def statuses(it: Rig) -> list[dict[str, Any]]:
    return [status for value in values(it) for status in value.get("statuses", [])]


def inbound(it: Rig) -> list[dict[str, Any]]:
    return [message for value in values(it) for message in value.get("messages", [])]


def code(answer: httpx.Response) -> int:
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "code", "error_data", "fbtrace_id"}
    return int(error["code"])


def test_an_accepted_message_is_sent_delivered_and_perhaps_read(tmp_path: Path) -> None:
    with rig(tmp_path, forced={TO: EAGER}, time_factor=5000) as it:
        answer = it.message(TO)
        assert answer.json()["contacts"] == [{"input": TO, "wa_id": TO[1:]}]
        wamid = answer.json()["messages"][0]["id"]
        it.settle()
        found = statuses(it)
        assert {status["id"] for status in found} == {wamid}
        assert {"sent", "delivered"} <= {status["status"] for status in found} <= {"sent", "delivered", "read"}
        assert {status["biz_opaque_callback_data"] for status in found} == {"msg_7"}
        assert {status["recipient_id"] for status in found} == {TO[1:]}
        assert all(isinstance(status["timestamp"], str) for status in found)
        assert values(it)[0]["metadata"]["phone_number_id"] == PNID
        accepted = it.facts("message_accepted")
        assert [(fact["wamid"], fact["reference"], fact["kind"]) for fact in accepted] == [(wamid, "msg_7", "template")]


def test_free_text_needs_an_open_window(tmp_path: Path) -> None:
    with rig(tmp_path, forced={TO: EAGER}) as it:
        assert code(it.message(TO, template=False)) == 131047
        assert it.facts("message_accepted") == []
        assert [fact["answer"] for fact in it.facts("message_requested")] == ["131047"]


def writing(it: Rig) -> tuple[str, dict[str, Any]]:
    """Write to forty people; return the number of the first who wrote back, and what they wrote."""
    for index in range(40):
        to = f"+3460000{index:04d}"
        it.message(to)
    it.settle()
    first = inbound(it)[0]
    return f"+{first['from']}", first


def everybody(persona: str) -> dict[str, str]:
    return {f"+3460000{index:04d}": persona for index in range(40)}


def test_a_reply_opens_the_window_for_a_day(tmp_path: Path) -> None:
    with rig(tmp_path, forced=everybody(EAGER), time_factor=1e5) as it:
        to, reply = writing(it)
        assert reply["type"] == "text"
        assert reply["context"]["id"] in {fact["wamid"] for fact in it.facts("message_accepted")}
        assert it.message(to, template=False).status_code == 200
        now = datetime.now(UTC)
        clock.install(SimulatedClock(now, now + timedelta(hours=23), 1.0))
        assert it.message(to, template=False).status_code == 200
        clock.install(SimulatedClock(now, now + timedelta(hours=25), 1.0))
        assert code(it.message(to, template=False)) == 131047


def test_a_person_replies_once_and_a_share_of_people_do(tmp_path: Path) -> None:
    with rig(tmp_path, forced=everybody(EAGER), time_factor=1e5) as it:
        writing(it)
        wrote = [message["from"] for message in inbound(it)]
        assert 12 <= len(wrote) <= 34
        for number in everybody(EAGER):
            it.message(number)
        it.settle()
        assert [message["from"] for message in inbound(it)] == wrote
        assert len(it.facts("inbound_sent")) == len(wrote)


def test_who_wrote_stop_gets_no_more_templates(tmp_path: Path) -> None:
    with rig(tmp_path, forced=everybody(STOPS), time_factor=1e5) as it:
        to, reply = writing(it)
        assert reply["text"]["body"] in ("STOP", "BAJA", "No me escriban más por favor")
        assert code(it.message(to)) == 131050


def test_who_has_no_whatsapp_cannot_be_reached(tmp_path: Path) -> None:
    with rig(tmp_path, forced={TO: ABSENT}) as it:
        assert code(it.message(TO)) == 131026


def test_a_refusal_may_come_later_as_a_failed_status(tmp_path: Path) -> None:
    with rig(tmp_path, {"whatsapp": {"refused_later": 1}}, forced={TO: ABSENT}) as it:
        assert it.message(TO).status_code == 200
        it.settle()
        (status,) = statuses(it)
        assert status["status"] == "failed"
        assert status["errors"][0]["code"] == 131026
        assert status["errors"][0]["error_data"]["details"]


@pytest.mark.parametrize(
    ("fault", "status", "number"),
    [
        ("before_500", 500, 131000),
        ("rate_limited", 429, 130429),
        ("concurrent_limit", 429, 131056),
        ("rejected", 400, 131026),
    ],
)
def test_a_fault_before_acceptance_sends_nothing(tmp_path: Path, fault: str, status: int, number: int) -> None:
    with rig(tmp_path, {"whatsapp": {fault: 1}}) as it:
        answer = it.message(TO)
        assert (answer.status_code, code(answer)) == (status, number)
        assert [fact["fact"] for fact in it.facts()] == ["message_requested"]


def test_an_accepted_message_may_be_answered_by_500_and_is_sent(tmp_path: Path) -> None:
    with rig(tmp_path, {"whatsapp": {"accepted_then_500": 1}}, forced={TO: QUIET}) as it:
        assert it.message(TO).status_code == 500
        it.settle()
        assert [status["status"] for status in statuses(it)][:1] == ["sent"]


def test_an_accepted_message_may_be_answered_by_a_reset_and_is_sent(tmp_path: Path) -> None:
    with rig(tmp_path, {"whatsapp": {"accepted_then_reset": 1}}) as it:
        with pytest.raises(httpx.ReadError):
            it.message(TO)
        assert len(it.facts("message_accepted")) == 1


def test_an_early_status_overtakes_the_answer(tmp_path: Path) -> None:
    with rig(tmp_path, {"webhooks": {"early": 1}}, forced={TO: QUIET}, time_factor=1) as it:
        wamid = it.message(TO).json()["messages"][0]["id"]
        assert [(status["id"], status["status"]) for status in statuses(it)] == [(wamid, "sent")]


def test_a_wrong_token_is_not_let_in(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        answer = it.message(TO, token="EAAother")
        assert (answer.status_code, code(answer)) == (401, 190)


def test_a_token_is_good_for_its_own_numbers_only(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        answer = it.http.post("/v26.0/other/messages", json={}, headers={"Authorization": f"Bearer {TOKEN}"})
        assert (answer.status_code, code(answer)) == (400, 100)


@pytest.mark.parametrize(
    "change",
    [
        {"messaging_product": "sms"},
        {"to": "anyone"},
        {"type": "template"},
        {"type": "carrier_pigeon"},
        {"text": {"body": ""}},
        {"text": "Hi"},
    ],
)
def test_a_message_that_says_nothing_to_nobody_is_invalid(tmp_path: Path, change: dict[str, Any]) -> None:
    with rig(tmp_path) as it:
        body = {"messaging_product": "whatsapp", "to": TO, "type": "text", "text": {"body": "Hi"}, **change}
        answer = it.http.post(f"/v26.0/{PNID}/messages", json=body, headers={"Authorization": f"Bearer {TOKEN}"})
        assert (answer.status_code, code(answer)) == (400, 100)


def test_a_person_is_the_same_on_the_phone_and_in_writing(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        it.message("34600000001")
        it.dial("+34600000001")
        written, spoken = it.facts("message_accepted", "call_placed")
        assert written["persona"] == spoken["persona"] == persona_of("+34600000001", seed=1).name
