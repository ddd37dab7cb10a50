"""What every dialect's document says alike: the key of a POST, the limits, and bodies that are refused unread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from config.urls import DOCUMENTS
from organizations.models import Organization
from tests.api.agentalk.client import token_of as agentalk_token_of
from tests.api.anyreach.client import key_of as anyreach_key_of
from tests.api.umanize.client import token_of as umanize_token_of

LISTS = {"umanize": "/campaigns", "agentalk": "/api/campaigns", "anyreach": "/campaign/campaigns"}


def served(name: str) -> dict[str, Any]:
    document: dict[str, Any] = Client().get(reverse(f"schema-{name}")).json()
    return document


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for document in DOCUMENTS:
        for path, methods in served(document.name)["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation


def headers_of(name: str, organization: Organization) -> dict[str, str]:
    if name == "umanize":
        return {"X-API-Key": umanize_token_of(organization)}
    token = agentalk_token_of(organization) if name == "agentalk" else anyreach_key_of(organization)
    return {"Authorization": f"Bearer {token}"}


def test_every_post_but_a_login_takes_a_key_and_nothing_else_does() -> None:
    for path, method, operation in operations():
        keys = [p for p in operation.get("parameters", []) if p.get("name") == "Idempotency-Key"]
        assert (path, len(keys)) == (path, int(method == "post" and not path.startswith("/auth/")))
        answers = [answer for code, answer in operation["responses"].items() if code.startswith("2")]
        assert [("Idempotent-Replayed" in answer.get("headers", {})) for answer in answers] == [bool(keys)] * len(
            answers
        )
        if keys:
            assert keys[0]["required"] is False
            assert {"400", "409", "422"} <= operation["responses"].keys()


def test_every_operation_tells_of_the_limits_and_of_an_outage() -> None:
    for path, method, operation in operations():
        for code in ("429", "503"):
            told = operation["responses"][code]["headers"]["Retry-After"]
            assert (path, told["required"], told["schema"]["type"]) == (path, True, "integer")
        if method in ("post", "put", "patch"):
            assert (path, {"411", "413", "415"} - operation["responses"].keys()) == (path, set())


@pytest.mark.parametrize("key", ["a", "a b", "~" * 255])
def test_a_key_the_documents_allow_is_one(key: str) -> None:
    pattern = next(
        p["schema"]["pattern"]
        for _, _, o in operations()
        for p in o.get("parameters", [])
        if "Idempot" in p.get("name", "")
    )
    assert re.fullmatch(pattern, key)
    assert not re.fullmatch(pattern, key + "\u00e9")
    assert not re.fullmatch(pattern, key + " ")


@pytest.mark.parametrize("name", LISTS)
def test_a_refusal_for_too_many_requests_is_as_documented(acme: Organization, name: str, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    headers, client = headers_of(name, acme), Client()
    client.get(LISTS[name], headers=headers)
    refused = client.get(LISTS[name], headers=headers)
    declared = served(name)["paths"][LISTS[name]]["get"]["responses"]["429"]
    assert (refused.status_code, set(refused.json())) == (429, {"detail"})
    assert declared["headers"].keys() <= set(refused.headers)
    assert 1 <= int(refused["Retry-After"]) <= 60
