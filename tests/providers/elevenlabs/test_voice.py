"""What is asked of ElevenLabs, and when a look-up may be believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from time import monotonic

import pytest

from providers.base import Accepted, CallRequest, ProviderError
from providers.elevenlabs.voice import ElevenLabsVoice
from tests.providers import vendor_server as vendor
from tests.providers.elevenlabs import samples
from tests.providers.vendor_server import Received, VendorServer

SINCE = dt.datetime(2023, 11, 14, 22, 0, tzinfo=dt.UTC)
ACCEPTED = vendor.answer(200, {"success": True, "message": "", "conversation_id": "conv_1", "callSid": "CA1"})


@pytest.fixture
def server() -> Iterator[VendorServer]:
    with VendorServer() as running:
        yield running


@pytest.fixture
def voice(server: VendorServer) -> Iterator[ElevenLabsVoice]:
    adapter = ElevenLabsVoice("key-1", server.url, connect_seconds=0.3, total_seconds=0.5)
    yield adapter
    adapter.close()


def request(**changes: object) -> CallRequest:
    return CallRequest("attempt-1", "+34600000001", "agent_1", "phnum_1", **changes)  # type: ignore[arg-type]  # free-form


def test_a_dial_carries_the_reference_twice_and_the_key_once(voice: ElevenLabsVoice, server: VendorServer) -> None:
    server.will(ACCEPTED)
    voice.place_call(request(variables={"lead_name": "Ana", "visits": 2, "attempt_id": "forged"}))
    (received,) = server.received
    assert (received.method, received.path) == ("POST", "/v1/convai/twilio/outbound-call")
    assert received.headers["xi-api-key"] == "key-1"
    assert received.json() == {
        "agent_id": "agent_1",
        "agent_phone_number_id": "phnum_1",
        "to_number": "+34600000001",
        "conversation_initiation_client_data": {
            "user_id": "attempt-1",
            "dynamic_variables": {"lead_name": "Ana", "visits": 2, "attempt_id": "attempt-1"},
        },
        "telephony_call_config": {"ringing_timeout_secs": 60},
    }


@pytest.mark.parametrize(
    ("given", "override"),
    [
        ({"first_message": "Hi"}, {"agent": {"first_message": "Hi"}}),
        ({"language": "es"}, {"agent": {"language": "es"}}),
        ({"first_message": "Hola", "language": "es"}, {"agent": {"first_message": "Hola", "language": "es"}}),
    ],
)
def test_only_what_is_given_overrides_the_agent(
    voice: ElevenLabsVoice, server: VendorServer, given: dict[str, str], override: object
) -> None:
    server.will(ACCEPTED)
    voice.place_call(request(**given))
    opening = server.received[0].json()["conversation_initiation_client_data"]
    assert opening["conversation_config_override"] == override


def test_a_sip_trunk_has_its_own_endpoint(server: VendorServer) -> None:
    server.will(vendor.answer(200, {"success": True, "conversation_id": "conv_1", "sip_call_id": "SIP1"}))
    adapter = ElevenLabsVoice("key-1", server.url, sip_trunk=True)
    result = adapter.place_call(request())
    adapter.close()
    assert server.received[0].path == "/v1/convai/sip-trunk/outbound-call"
    assert isinstance(result, Accepted)
    assert result.secondary_id == "SIP1"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_dial_is_never_repeated_however_much_time_is_left(server: VendorServer, status: int) -> None:
    server.will(vendor.answer(status, {}), ACCEPTED)
    adapter = ElevenLabsVoice("key-1", server.url, total_seconds=5)
    assert not isinstance(adapter.place_call(request()), Accepted)
    adapter.close()
    assert len(server.received) == 1


def test_a_call_is_fetched_by_its_id(voice: ElevenLabsVoice, server: VendorServer) -> None:
    server.will(vendor.answer(200, samples.conversation()))
    report = voice.fetch_call("conv_1")
    assert report is not None
    assert report.reference == "attempt-1"
    assert server.received[0].target.startswith("/v1/convai/conversations/conv_1")


def test_an_odd_id_stays_inside_its_path(voice: ElevenLabsVoice, server: VendorServer) -> None:
    server.will(vendor.answer(404))
    assert voice.fetch_call("../../v1/x?y=1") is None
    assert server.received[0].path == "/v1/convai/conversations/..%2F..%2Fv1%2Fx%3Fy%3D1"


@pytest.mark.parametrize(
    ("behaviour", "permanent"),
    [
        (vendor.answer(401, {}), True),
        (vendor.answer(422, {"detail": []}), True),
        (vendor.answer(429, {}), False),
        (vendor.answer(500, {}), False),
        (vendor.answer(200, b"<html>"), False),
        (vendor.answer(200, samples.conversation(conversation_id="conv_2")), False),
        (vendor.hang, False),
        (vendor.close, False),
    ],
)
def test_a_look_up_without_a_sound_answer_is_an_error(
    voice: ElevenLabsVoice, server: VendorServer, behaviour: vendor.Behaviour, permanent: bool
) -> None:
    server.will(behaviour)
    with pytest.raises(ProviderError) as failure:
        voice.fetch_call("conv_1")
    assert failure.value.permanent is permanent
    assert len(server.received) == 1


# --- finding by reference -------------------------------------------------------------------------------------


class Account:
    """An account whose conversations are listed two to a page."""

    def __init__(self, user_ids: dict[str, str], *, echoes_user_id: bool, filters: bool = False) -> None:
        self.user_ids = user_ids
        self.echoes_user_id = echoes_user_id
        self.filters = filters

    def serve(self, received: Received) -> tuple[int, object]:
        found = received.path.rpartition("/")[2]
        if found != "conversations":
            return 200, samples.conversation(
                conversation_id=found, user_id=self.user_ids[found], conversation_initiation_client_data=None
            )
        wanted = received.query.get("user_id")
        ids = [one for one, user in self.user_ids.items() if wanted in (user, None) or not self.filters]
        start = int(received.query.get("cursor", "0"))
        page = ids[start : start + 2]
        more = len(ids) > start + 2
        return 200, {
            "conversations": [self._entry(one) for one in page],
            "has_more": more,
            "next_cursor": str(start + 2) if more else None,
        }

    def _entry(self, conversation_id: str) -> dict[str, object]:
        entry: dict[str, object] = {"conversation_id": conversation_id, "start_time_unix_secs": 1_700_000_000}
        return {**entry, "user_id": self.user_ids[conversation_id]} if self.echoes_user_id else entry


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("echoes_user_id", [True, False])
def test_a_call_is_found_wherever_it_is_listed(
    voice: ElevenLabsVoice, server: VendorServer, filters: bool, echoes_user_id: bool
) -> None:
    account = Account({f"conv_{n}": f"attempt-{n}" for n in range(7)}, filters=filters, echoes_user_id=echoes_user_id)
    server.will(vendor.by(account.serve))
    report = voice.find_call("attempt-6", since=SINCE)
    assert report is not None
    assert report.provider_id == "conv_6"


def test_the_list_is_asked_for_the_reference_and_the_time(voice: ElevenLabsVoice, server: VendorServer) -> None:
    server.will(vendor.by(Account({}, echoes_user_id=True).serve))
    assert voice.find_call("attempt-6", since=SINCE) is None
    query = server.received[0].query
    assert (query["user_id"], query["page_size"]) == ("attempt-6", "100")
    assert int(query["call_start_after_unix"]) == SINCE.timestamp() - 60


@pytest.mark.parametrize("echoes_user_id", [True, False])
def test_only_a_complete_list_proves_that_a_call_was_never_placed(
    voice: ElevenLabsVoice, server: VendorServer, echoes_user_id: bool
) -> None:
    account = Account({f"conv_{n}": f"attempt-{n}" for n in range(7)}, echoes_user_id=echoes_user_id)
    server.will(vendor.by(account.serve))
    assert voice.find_call("attempt-99", since=SINCE) is None
    pages = [received for received in server.received if received.path.endswith("/conversations")]
    assert len(pages) == 4


def test_calls_from_before_are_not_fetched(voice: ElevenLabsVoice, server: VendorServer) -> None:
    server.will(vendor.by(Account({"conv_1": "attempt-1"}, echoes_user_id=False).serve))
    assert voice.find_call("attempt-1", since=dt.datetime(2024, 1, 1, tzinfo=dt.UTC)) is None
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"conversations": None, "has_more": False},
        {"conversations": [], "has_more": True, "next_cursor": None},
        {"conversations": [], "has_more": True, "next_cursor": "the same"},
        {"conversations": []},
        {"conversations": [{}], "has_more": False},
    ],
)
def test_a_list_that_cannot_be_read_to_its_end_proves_nothing(
    voice: ElevenLabsVoice, server: VendorServer, page: object
) -> None:
    server.will(vendor.answer(200, page))
    with pytest.raises(ProviderError):
        voice.find_call("attempt-1", since=SINCE)
    assert len(server.received) <= 2


def test_a_look_up_over_many_pages_is_bounded_as_a_whole(voice: ElevenLabsVoice, server: VendorServer) -> None:
    pages = iter(range(100_000))

    def endless(_: Received) -> tuple[int, object]:
        return 200, {"conversations": [], "has_more": True, "next_cursor": str(next(pages))}

    server.will(vendor.by(endless))
    started = monotonic()
    with pytest.raises(ProviderError):
        voice.find_call("attempt-1", since=SINCE)
    assert monotonic() - started < 1.5


# --- listing everything ---------------------------------------------------------------------------------------


def test_all_calls_are_listed_over_all_pages_each_with_its_reference(
    voice: ElevenLabsVoice, server: VendorServer
) -> None:
    account = Account({f"conv_{n}": f"attempt-{n}" for n in range(7)}, filters=True, echoes_user_id=False)
    server.will(vendor.by(account.serve))
    reports = list(voice.list_calls(SINCE))
    assert [report.reference for report in reports] == [f"attempt-{n}" for n in range(7)]
    assert {report.provider_id for report in reports} == set(account.user_ids)
    assert "user_id" not in server.received[0].query


def test_calls_that_people_made_to_us_are_not_listed(voice: ElevenLabsVoice, server: VendorServer) -> None:
    entries = [{"conversation_id": "conv_1", "direction": "inbound"}]
    server.will(vendor.answer(200, {"conversations": entries, "has_more": False}))
    assert list(voice.list_calls(SINCE)) == []
    assert len(server.received) == 1


def test_a_call_that_was_erased_meanwhile_is_listed_all_the_same(voice: ElevenLabsVoice, server: VendorServer) -> None:
    listed = {"conversations": [{"conversation_id": "conv_1"}], "has_more": False}
    server.will(vendor.answer(200, listed), vendor.answer(404))
    [report] = voice.list_calls(SINCE)
    assert (report.provider_id, report.reference) == ("conv_1", "")


def test_a_list_that_breaks_off_is_an_error_and_not_an_end(voice: ElevenLabsVoice, server: VendorServer) -> None:
    page = {"conversations": [], "has_more": True, "next_cursor": "2"}
    server.will(vendor.answer(200, page), vendor.answer(500))
    with pytest.raises(ProviderError):
        list(voice.list_calls(SINCE))
