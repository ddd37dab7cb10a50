"""Which adapter a kind stands for, and that it is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from providers import registry
from providers.base import Accepted
from tests.providers import vendor_server as vendor
from tests.providers.conformance import CALL, MAIL, MESSAGE
from tests.providers.mail_server import MailServer
from tests.providers.vendor_server import VendorServer

KEY = {"api_key": "key-1"}
ACCEPTED = vendor.answer(200, {"success": True, "conversation_id": "conv_1", "messages": [{"id": "wamid.1"}]})


@pytest.mark.parametrize("name", ["elevenlabs", "whatsapp"])
def test_a_receiver_is_found_by_its_name(name: str) -> None:
    assert registry.receiver(name).name == name


@pytest.mark.parametrize(
    ("credentials", "path"),
    [
        (KEY, "/v1/convai/twilio/outbound-call"),
        ({**KEY, "telephony": "sip_trunk"}, "/v1/convai/sip-trunk/outbound-call"),
    ],
)
def test_a_voice_provider_dials_with_its_credentials(credentials: Mapping[str, str], path: str) -> None:
    with VendorServer() as server:
        server.will(ACCEPTED)
        result = registry.voice_provider("elevenlabs", credentials, server.url).place_call(CALL)
        assert isinstance(result, Accepted)
        assert (server.received[0].path, server.received[0].headers["xi-api-key"]) == (path, "key-1")


def test_a_whatsapp_provider_sends_with_its_credentials() -> None:
    with VendorServer() as server:
        server.will(ACCEPTED)
        credentials = {"access_token": "token-1", "version": "v30.0"}
        result = registry.message_provider("whatsapp", credentials, server.url).send_message(MESSAGE)
        assert isinstance(result, Accepted)
        assert server.received[0].path == "/v30.0/1234/messages"


def test_an_email_provider_sends_through_the_server_of_its_url() -> None:
    with MailServer() as server:
        provider = registry.message_provider("email", {}, f"smtp://127.0.0.1:{server.port}")
        assert isinstance(provider.send_message(MAIL), Accepted)


def test_an_analyzer_says_which_model_it_is() -> None:
    analyzer = registry.goal_analyzer("openai", {**KEY, "model": "model-1"}, "http://127.0.0.1:9/v1")
    assert analyzer.identity.name == "openai-compatible/model-1"


def test_an_adapter_is_kept_for_the_same_credentials_only() -> None:
    url = "http://127.0.0.1:9"
    kept = registry.voice_provider("elevenlabs", KEY, url)
    assert registry.voice_provider("elevenlabs", dict(KEY), url) is kept
    assert registry.voice_provider("elevenlabs", {"api_key": "key-2"}, url) is not kept
    assert registry.voice_provider("elevenlabs", KEY, url + "0") is not kept


def test_connections_are_shared_between_calls_and_threads() -> None:
    with VendorServer() as server, ThreadPoolExecutor(4) as pool:
        server.will(ACCEPTED)

        def dial(_: int) -> object:
            return registry.voice_provider("elevenlabs", KEY, server.url).place_call(CALL)

        dial(0)
        assert all(isinstance(result, Accepted) for result in pool.map(dial, range(20)))
        assert server.connections <= 4


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # the child only reads and exits
def test_a_forked_worker_does_not_inherit_connections() -> None:
    url = "http://127.0.0.1:9"
    before = registry.voice_provider("elevenlabs", KEY, url)
    child = os.fork()
    if child == 0:
        os._exit(0 if registry.voice_provider("elevenlabs", KEY, url) is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(registry.UnknownProviderError, match="email, whatsapp"):
        registry.message_provider("pigeon", {}, "")
    with pytest.raises(registry.UnknownProviderError):
        registry.receiver("pigeon")


@pytest.mark.parametrize(
    ("credentials", "named"),
    [({}, "api_key"), ({"api_key": ""}, "api_key"), ({**KEY, "telephony": "pigeon"}, "telephony")],
)
def test_a_bad_credential_is_named_without_its_value(credentials: Mapping[str, str], named: str) -> None:
    with pytest.raises(registry.BadCredentialsError, match=named) as failure:
        registry.voice_provider("elevenlabs", credentials, "http://127.0.0.1:9")
    assert "key-1" not in str(failure.value)


@pytest.mark.parametrize("url", ["", "http://127.0.0.1", "127.0.0.1:25", "smtp://127.0.0.1:port"])
def test_a_mail_server_is_given_as_an_smtp_url(url: str) -> None:
    with pytest.raises(registry.BadCredentialsError):
        registry.message_provider("email", {}, url)
