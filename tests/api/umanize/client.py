"""Call the dialect as a program would, and check every answer against the contract on the way."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from organizations.models import ApiKey, Organization, Role, User
from organizations.services import issue_api_key
from tests.api.client import DialectClient, user_of
from tests.contracts.facts import faults, with_companions

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response  # the stubs' name for what a client returns

__all__ = ["Client", "client_of", "token_of", "user_of"]

FACTS = with_companions("umanize")
_ROUTES = {
    operation: re.compile(re.sub(r"\{\w+\}", "[^/:]+", operation.partition(" ")[2]))
    for operation in FACTS["operations"]
}


class Client(DialectClient):
    """A program with an API key, or a user with an access token."""

    def __init__(self, token: str | None, user: User | None = None, *, bearer: str | None = None) -> None:
        super().__init__()
        self.token = token
        self.user = user
        self.bearer = bearer

    def credentials(self) -> dict[str, str]:
        key = {"X-API-Key": self.token} if self.token else {}
        return key | ({"Authorization": f"Bearer {self.bearer}"} if self.bearer is not None else {})

    def check(self, method: str, path: str, response: Response) -> None:
        check_against_contract(method, path, response)

    def upload(self, path: str, content: bytes, name: str = "people.csv") -> Response:
        body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content)})
        return self.send("POST", path, body, content_type=MULTIPART_CONTENT)


def client_of(organization: Organization, *, role: Role | None = None) -> Client:
    """Return a program of the organization; with a role, one that acts for a user who has it."""
    user = user_of(organization, role) if role else None
    return Client(token_of(organization, user), user)


def token_of(organization: Organization, user: User | None = None) -> str:
    return issue_api_key(organization=organization, kind=ApiKey.Kind.UMANIZE, user=user).token


def check_against_contract(method: str, path: str, response: Response) -> None:
    """Fail where a successful answer is none the contract allows, or an error has not the dialect's shape."""
    status: int = response.status_code
    if status < 400 and response.content and response["Content-Type"] != "application/json":
        return
    answer: Any = json.loads(response.content) if response.content else None
    if status == 422:
        assert faults(FACTS, "#HTTPValidationError", answer) == []
    elif status >= 400:
        assert set(answer) == {"detail"}
        assert isinstance(answer["detail"], str)
    else:
        operation = next((o for o, r in _ROUTES.items() if o.startswith(f"{method} ") and r.fullmatch(path)), None)
        if operation:
            answers = FACTS["operations"][operation]["answers"]
            assert str(status) in answers
            kind = answers[str(status)]
            found = faults(FACTS, kind, answer) if kind else answer
            assert not found, found
