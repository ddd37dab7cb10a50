"""What the test clients of the dialects have in common: send a request, and check the answer on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client as DjangoClient

from organizations.models import Organization, Role, User
from tests.factories import MembershipFactory, UserFactory

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response  # the stubs' name for what a client returns


class DialectClient:
    """A client of one dialect. Subclasses say what it sends of itself and what an answer must be like."""

    def __init__(self) -> None:
        self._django = DjangoClient(raise_request_exception=True)

    def credentials(self) -> dict[str, str]:
        """Return the headers that say who asks."""
        raise NotImplementedError

    def check(self, method: str, path: str, response: Response) -> None:
        """Fail where an answer is none the dialect allows."""
        raise NotImplementedError

    def get(self, path: str, **params: Any) -> Response:
        return self.send("GET", path, params=params)

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        return self.send("POST", path, json.dumps(body).encode() if body is not None else b"", headers=headers)

    def put(self, path: str, body: Any) -> Response:
        return self.send("PUT", path, json.dumps(body).encode())

    def patch(self, path: str, body: Any = None, **params: Any) -> Response:
        return self.send("PATCH", path, json.dumps(body).encode(), params=params)

    def delete(self, path: str, **params: Any) -> Response:
        return self.send("DELETE", path, params=params)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        content_type: str = "application/json",
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        headers = {**self.credentials(), **(headers or {})}
        response: Response = self._django.generic(
            method, path, body, content_type, query_params=params, headers=headers
        )
        self.check(method, path, response)
        return response


def user_of(organization: Organization, role: Role) -> User:
    """Return somebody new who has a role in the organization."""
    user: User = UserFactory()
    MembershipFactory(organization=organization, user=user, role=role)
    return user
