"""Call the dialect as a program would, and check every answer against the contract on the way."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from organizations.models import ApiKey, Organization, Role, User
from organizations.services import issue_api_key
from tests.api.client import DialectClient, user_of
from tests.contracts.facts import faults, load
from tests.factories import UserFactory

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response  # the stubs' name for what a client returns

__all__ = ["Client", "client_of", "client_of_superuser", "token_of", "user_of"]

FACTS = load("agentalk")
_ROUTES = {
    operation: re.compile(re.sub(r"\{\w+\}", "[^/]+", operation.partition(" ")[2])) for operation in FACTS["operations"]
}


class Client(DialectClient):
    """A program with an organization's token."""

    def __init__(self, token: str | None, user: User | None = None, *, organization_id: object = None) -> None:
        super().__init__()
        self.token = token
        self.user = user
        self.headers = {"X-Organization-ID": str(organization_id)} if organization_id is not None else {}

    def credentials(self) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        return {**token, **self.headers}

    def check(self, method: str, path: str, response: Response) -> None:
        check_against_contract(method, path, response)


def client_of(organization: Organization, *, role: Role | None = None) -> Client:
    """Return a program of the organization; with a role, one that acts for a user who has it."""
    user = user_of(organization, role) if role else None
    return Client(token_of(organization, user), user)


def client_of_superuser(organization: Organization, *, organization_id: object = None) -> Client:
    """Return a superuser's program with a token of `organization`, which names another one where told to."""
    user: User = UserFactory(is_superuser=True)
    return Client(token_of(organization, user), user, organization_id=organization_id)


def token_of(organization: Organization, user: User | None = None) -> str:
    return issue_api_key(organization=organization, kind=ApiKey.Kind.AGENTALK, user=user).token


def check_against_contract(method: str, path: str, response: Response) -> None:
    """Fail where a successful answer is none the contract allows, or an error has not DRF's shape."""
    status: int = response.status_code
    answer: Any = json.loads(response.content) if response.content else None
    if status >= 400:
        assert isinstance(answer, dict)
        is_detail = set(answer) == {"detail"} and isinstance(answer["detail"], str)
        assert is_detail or (status == 400 and _names_faults(answer))
        return
    operation = next((o for o, r in _ROUTES.items() if o.startswith(f"{method} ") and r.fullmatch(path)), None)
    if operation is None:
        assert method in ("HEAD", "OPTIONS"), f"{method} {path} is not in the facts"
        return
    answers = FACTS["operations"][operation]["answers"]
    assert str(status) in answers
    kind = answers[str(status)]
    assert answer is None if kind is None else faults(FACTS, kind, answer) == []


def _names_faults(answer: Any) -> bool:
    """Say whether an answer is DRF's about fields: ``{field: ["…"]}``, or by index for the items of a list."""
    if isinstance(answer, list):
        return bool(answer) and all(isinstance(message, str) for message in answer)
    return isinstance(answer, dict) and bool(answer) and all(_names_faults(inner) for inner in answer.values())
