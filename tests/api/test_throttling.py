"""How many requests a minute are answered, and what every answer says about it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings
from redis import Redis
from structlog.testing import capture_logs

from api import throttling
from organizations.models import ApiKey, Organization, Role
from tests.api.keyed import key_of, post, view_that
from tests.api.umanize.client import client_of
from tests.api.unreachable import closed_port, silent_port
from tests.connections import run_together

pytestmark = pytest.mark.django_db

LIMIT = 3
_POLICY = re.compile(r'"(\w+)";q=(\d+);w=(\d+)')
_STANDING = re.compile(r'"(\w+)";r=(\d+);t=(\d+)')


@pytest.fixture(autouse=True)
def limits(settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = LIMIT
    settings.API_ATTEMPTS_PER_MINUTE = LIMIT


@pytest.fixture
def address() -> str:
    """Return a client's address no other test has used this minute."""
    return f"10.{random.randrange(255)}.{random.randrange(256)}.{random.randrange(256)}"


def get(credential: str | None, address: str = "10.0.0.1", **headers: str) -> Any:
    given = {**({"X-Key": credential} if credential is not None else {}), **headers}
    request = RequestFactory().get("/things", headers=given, REMOTE_ADDR=address)
    return view_that()(request)


def standing(response: Any) -> tuple[str, int, int]:
    """Return what the headers say: the policy, the limit, and what is left."""
    policy, standing = _POLICY.fullmatch(response["RateLimit-Policy"]), _STANDING.fullmatch(response["RateLimit"])
    assert policy is not None
    assert standing is not None
    assert policy[1] == standing[1]
    assert policy[3] == "60"
    assert 1 <= int(standing[3]) <= 60
    return policy[1], int(policy[2]), int(standing[2])


def test_every_answer_says_what_is_left_and_the_one_too_many_is_refused(acme: Organization) -> None:
    credential = key_of(acme)
    answers = [get(credential) for _ in range(LIMIT + 2)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [standing(answer) for answer in answers] == [("credential", LIMIT, left) for left in (2, 1, 0, 0, 0)]
    assert ["Retry-After" in answer for answer in answers] == [False, False, False, True, True]
    refused = answers[-1]
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Retry-After"] == refused["RateLimit"].rpartition("=")[2]


def test_each_credential_has_a_limit_of_its_own(acme: Organization) -> None:
    first, second = key_of(acme), key_of(acme)
    for _ in range(LIMIT + 1):
        get(first)
    assert get(first).status_code == 429
    assert get(second).status_code == 200


def test_a_refused_request_counts_as_well(acme: Organization) -> None:
    client = client_of(acme, role=Role.VIEWER)
    answers = [client.post("/customers", {}) for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 429]


def test_a_replayed_answer_says_how_the_client_stands_now(acme: Organization) -> None:
    credential = key_of(acme)
    answers = [post(credential, "k1", {"name": "Ada"}) for _ in range(2)]
    assert [standing(answer)[2] for answer in answers] == [2, 1]
    assert answers[1]["Idempotent-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_no_request_slips_through_when_many_come_at_once(acme: Organization, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 10
    credential = key_of(acme)
    answers = run_together(*[partial(get, credential) for _ in range(30)])
    assert sorted(getattr(answer, "status_code", 0) for answer in answers) == [200] * 10 + [429] * 20


@pytest.mark.parametrize("credential", [None, "nobody"])
def test_attempts_without_a_valid_credential_are_counted_by_address(address: str, credential: str | None) -> None:
    answers = [get(credential, address) for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert standing(answers[0]) == ("address", LIMIT, 2)
    assert get(credential, "10.255.255." + address.split(".")[-1]).status_code == 401


def test_a_valid_credential_is_not_refused_for_what_others_at_its_address_try(acme: Organization, address: str) -> None:
    for _ in range(LIMIT + 1):
        get("nobody", address)
    assert get(key_of(acme), address).status_code == 200


def test_one_network_of_ipv6_is_one_client() -> None:
    network = f"2001:db8:{random.randrange(65536):x}:{random.randrange(65536):x}"
    answers = [get("nobody", f"{network}::{number:x}") for number in range(LIMIT + 1)]
    assert answers[-1].status_code == 429
    assert get("nobody", network.replace("db8", "db9") + "::1").status_code == 401


def test_an_address_of_ipv4_is_the_same_in_either_form(address: str) -> None:
    forms = [address, f"::ffff:{address}", address, f"::FFFF:{address}"]
    assert [get("nobody", form).status_code for form in forms] == [401, 401, 401, 429]


def test_what_a_client_says_of_its_address_is_believed_only_of_our_own_proxies(
    settings: Settings, address: str
) -> None:
    forged = [get("nobody", address, **{"X-Forwarded-For": f"1.2.3.{number}"}) for number in range(LIMIT + 1)]
    assert forged[-1].status_code == 429
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    behind = [get("nobody", address, **{"X-Forwarded-For": f"9.9.9.9, {address}.{n}"}) for n in range(LIMIT + 1)]
    assert {answer.status_code for answer in behind} == {401}


def test_no_limit_means_no_headers(acme: Organization, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    answer = get(key_of(acme))
    assert (answer.status_code, "RateLimit" in answer, "RateLimit-Policy" in answer) == (200, False, False)


def test_a_window_ends(acme: Organization, settings: Settings) -> None:
    credential = key_of(acme)
    for _ in range(LIMIT + 1):
        get(credential)
    server: Any = Redis.from_url(settings.CACHE_URL)
    counted = f"outbound:throttle:credential:key:{ApiKey.objects.get(public_id=credential).pk}"
    assert 0 < server.pttl(counted) <= 60_000
    server.delete(counted)  # as the server does at the end of the window
    assert standing(get(credential)) == ("credential", LIMIT, 2)


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Let no counter of another test stand in for this one's server."""
    throttling._counter_at.cache_clear()
    yield
    throttling._counter_at.cache_clear()


@pytest.mark.usefixtures("forgetful")
def test_without_the_cache_requests_pass_and_it_is_logged_once(acme: Organization, settings: Settings) -> None:
    settings.CACHE_URL = f"redis://127.0.0.1:{closed_port()}/0"
    credential = key_of(acme)
    with capture_logs() as logs:
        answers = [get(credential) for _ in range(LIMIT + 2)]
        throttling.counter()._left_alone_until = 0.0
        answers.append(get(credential))
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0]
    assert [entry["event"] for entry in logs] == ["throttling.unavailable"]


@pytest.mark.usefixtures("forgetful")
def test_a_cache_that_hangs_holds_no_request_up_for_long(acme: Organization, settings: Settings) -> None:
    with silent_port() as port:
        settings.CACHE_URL = f"redis://127.0.0.1:{port}/0"
        assert get(key_of(acme)).status_code == 200


@pytest.mark.usefixtures("forgetful")
def test_the_limit_holds_again_once_the_cache_is_back(acme: Organization, settings: Settings) -> None:
    credential, server = key_of(acme), settings.CACHE_URL
    settings.CACHE_URL = f"redis://127.0.0.1:{closed_port()}/0"
    get(credential)
    counter = throttling.counter()
    counter._redis = Redis.from_url(server)
    counter._script = counter._redis.register_script(throttling._COUNT)
    counter._left_alone_until = 0.0
    with capture_logs() as logs:
        answers = [get(credential) for _ in range(LIMIT + 1)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [entry["event"] for entry in logs] == ["throttling.available"]


def test_a_dialect_refuses_in_its_own_shape(acme: Organization) -> None:
    client = client_of(acme)
    answers = [client.get("/campaigns") for _ in range(LIMIT + 1)]
    assert answers[-1].status_code == 429
    assert set(answers[-1].json()) == {"detail"}
    assert "Retry-After" in answers[-1].headers
    assert standing(answers[0]) == ("credential", LIMIT, 2)
