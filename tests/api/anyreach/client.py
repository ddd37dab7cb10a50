"""Call the dialect as a program would, and check every answer against the served OpenAPI document on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.test import Client as DjangoClient
from jsonschema import (  # type: ignore[import-untyped]  # no type information published
    Draft202012Validator,
    FormatChecker,
)

from organizations.models import ApiKey, Organization, Role
from organizations.services import SCOPES, issue_api_key
from tests.api.client import DialectClient, user_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response  # the stubs' name for what a client returns

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ALWAYS = [{"days": WEEK, "start": "00:00", "end": "24:00"}]
_NO_SUCH_METHOD = 405  # which no operation can list


class Client(DialectClient):
    """A program with a token; `organization` is what it sends as X-Anyreach-Org."""

    def __init__(self, token: str | None, *, organization: str | None = None) -> None:
        super().__init__()
        self.token = token
        self.organization = organization

    def credentials(self) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return token | ({"X-Anyreach-Org": self.organization} if self.organization is not None else {})

    def check(self, method: str, path: str, response: Response) -> None:
        check_against_schema(method, path, response)


def client_of(organization: Organization, *, scopes: Sequence[str] = SCOPES) -> Client:
    """Return a program with an organization's key that has `scopes`."""
    return Client(key_of(organization, scopes))


def person_of(organization: Organization, role: Role, *, scopes: Sequence[str] = SCOPES) -> Client:
    """Return the client of somebody with `role` in the organization, which it names."""
    user = user_of(organization, role)
    token = issue_api_key(organization=None, kind=ApiKey.Kind.PERSONAL, user=user, scopes=scopes).token
    return Client(token, organization=str(organization.pk))


def key_of(organization: Organization, scopes: Sequence[str] = SCOPES) -> str:
    return issue_api_key(organization=organization, kind=ApiKey.Kind.ANYREACH, scopes=scopes).token


@cache
def served_document() -> dict[str, Any]:
    document: dict[str, Any] = DjangoClient().get("/schema/anyreach.json").json()
    return document


@cache
def _strict_document() -> dict[str, Any]:
    """Return the document with every object closed: a property it does not name is a fault of the answer."""
    return dict(_closed(served_document()))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    is_object = schema.get("type") == "object" and "properties" in schema
    return {**closed, "additionalProperties": False} if is_object else closed


@cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    paths = served_document()["paths"]
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in paths]


def check_against_schema(method: str, path: str, response: Response) -> None:
    """Fail where an answer is none that the served document declares for the operation."""
    status: int = response.status_code
    if status == _NO_SUCH_METHOD:
        assert set(json.loads(response.content)) == {"detail"}
        return
    found = next((declared for pattern, declared in _routes() if pattern.fullmatch(path)), None)
    if found is None:
        return
    operation = _strict_document()["paths"][found][method.lower()]
    assert str(status) in operation["responses"], f"{method} {found} may not answer {status}: {response.content!r}"
    content = operation["responses"][str(status)].get("content")
    if content is None:
        assert response.content == b""
        return
    schema = {**content["application/json"]["schema"], "components": _strict_document()["components"]}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(json.loads(response.content))] == []
