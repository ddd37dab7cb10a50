from __future__ import annotations

from collections.abc import Mapping

import pytest

from lib.errors import InvalidField
from organizations.credentials import credentials_of, merge_credentials
from organizations.models import ProviderAccount
from providers.email.services import SERVICES
from providers.registry import BadCredentialsError, message_provider


@pytest.mark.parametrize("kind", ProviderAccount.Kind)
def test_every_kind_is_set_up_with_something_that_is_asked_for_once(kind: str) -> None:
    names = [credential.name for credential in credentials_of(kind)]
    assert names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_asked_for_an_email_service_is_all_its_adapter_needs(service: str) -> None:
    given = {credential.name: "given" for credential in credentials_of("email", service)}
    message_provider("email", {"service": service, **given}, "")
    with pytest.raises(BadCredentialsError):
        message_provider("email", {"service": service}, "")


def test_a_kind_nobody_knows_is_set_up_with_nothing() -> None:
    assert credentials_of("pigeon") == ()


@pytest.mark.parametrize(
    ("given", "forgotten", "merged"),
    [
        ({}, (), {"api_key": "a", "telephony": "sip_trunk", "kept": "x"}),
        ({"api_key": "", "telephony": "sip_trunk"}, (), {"api_key": "a", "telephony": "sip_trunk", "kept": "x"}),
        ({"api_key": "b"}, (), {"api_key": "b", "telephony": "sip_trunk", "kept": "x"}),
        ({"telephony": ""}, (), {"api_key": "a", "kept": "x"}),
        ({}, ("api_key",), {"telephony": "sip_trunk", "kept": "x"}),
        ({"api_key": "b"}, ("api_key",), {"api_key": "b", "telephony": "sip_trunk", "kept": "x"}),
        ({"access_token": "of another kind"}, (), {"api_key": "a", "telephony": "sip_trunk", "kept": "x"}),
        ({}, ("kept",), {"api_key": "a", "telephony": "sip_trunk", "kept": "x"}),
    ],
)
def test_what_is_given_is_added_to_what_is_stored(
    given: Mapping[str, str], forgotten: tuple[str, ...], merged: Mapping[str, str]
) -> None:
    stored = {"api_key": "a", "telephony": "sip_trunk", "kept": "x"}
    assert merge_credentials("elevenlabs", stored, given, frozenset(forgotten)) == merged


@pytest.mark.parametrize(
    ("kind", "stored", "field", "value"),
    [
        ("elevenlabs", {}, "telephony", "carrier-pigeon"),
        ("email", {"service": "postmark"}, "webhook_secret", "no-colon"),
        ("email", {"service": "postmark"}, "previous_webhook_secret", "no-user:"),
    ],
)
def test_what_cannot_be_is_refused_without_being_repeated(
    kind: str, stored: Mapping[str, str], field: str, value: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        merge_credentials(kind, stored, {field: value})
    assert refused.value.field == field
    assert value not in str(refused.value)
