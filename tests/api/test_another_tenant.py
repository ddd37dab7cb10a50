"""An id of another tenant's is answered like one that is missing, to the byte, for every operation and credential."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from organizations.models import Organization, Role
from organizations.services.access_tokens import log_in
from tests.api.anyreach.client import person_of
from tests.api.client import user_of
from tests.api.declared import EVERY_OPERATION, SLOTS, Declared
from tests.api.fuzz.dialects import DIALECTS
from tests.api.fuzz.population import rows_of
from tests.api.operations import ANY_ID
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

Headers = Mapping[str, str]
FILE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nemail\r\n--{BOUNDARY}--\r\n'
)


def access_token(organization: Organization) -> Headers:
    """Return the credential of an admin who logged in to Umanize."""
    user = user_of(organization, Role.ADMIN)
    return {"Authorization": f"Bearer {log_in(email=user.email, password=PASSWORD).access}"}


def personal_token(organization: Organization) -> Headers:
    """Return the credential of an admin of Anyreach, who names the organization."""
    return person_of(organization, Role.ADMIN).credentials()


CREDENTIALS: Mapping[str, tuple[tuple[str, Callable[[Organization], Headers]], ...]] = {
    "umanize": (("key", DIALECTS["umanize"].headers_of), ("access token", access_token)),
    "agentalk": (("token", DIALECTS["agentalk"].headers_of),),
    "anyreach": (("key", DIALECTS["anyreach"].headers_of), ("personal token", personal_token)),
}
TABLE = [
    pytest.param(declared, headers_of, id=f"{declared} by {credential}")
    for declared in EVERY_OPERATION
    if declared.slots
    for credential, headers_of in CREDENTIALS[declared.dialect]
]


@pytest.mark.parametrize(("declared", "headers_of"), TABLE)
def test_another_tenant_s_id_is_answered_like_a_missing_one(
    acme: Organization, globex: Organization, declared: Declared, headers_of: Callable[[Organization], Headers]
) -> None:
    ours, theirs = rows_of(acme, "Acme"), rows_of(globex, "Globex")
    headers = headers_of(acme)
    for slot in declared.slots:
        key = SLOTS[declared.dialect].get(slot, slot)
        foreign, missing = (answer(declared, headers, {**ours, key: other}) for other in (theirs[key], ANY_ID))
        assert foreign == missing
        assert foreign[0] == 404
    assert answer(declared, headers, ours)[0] != 404


def answer(declared: Declared, headers: Headers, ids: Mapping[str, str]) -> tuple[int, bytes]:
    """Send the least an operation takes; return status and body."""
    body, content_type = (FILE.encode(), MULTIPART_CONTENT) if declared.takes_file else (b"{}", "application/json")
    response = Client().generic(declared.method, declared.at(ids), body, content_type, headers=headers)
    return response.status_code, response.content
