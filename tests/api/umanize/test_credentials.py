from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from lib import clock
from organizations.models import ApiKey, Organization, Role
from organizations.services import issue_api_key, revoke_api_key
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.api.umanize.routes import OPERATIONS, UPLOADS, WITH_ID, Operation, name
from tests.api.umanize.rows import ids_in

pytestmark = pytest.mark.django_db

SHARED = ("/phone-numbers", "/whatsapp-channels", "/email-channels")
OWNED = [operation for operation in WITH_ID if not operation.path.startswith(SHARED)]


def of_kind(kind: ApiKey.Kind) -> Callable[[Organization], str]:
    def issue(organization: Organization) -> str:
        user = user_of(organization, Role.OWNER) if kind == ApiKey.Kind.PERSONAL else None
        return issue_api_key(organization=organization, kind=kind, user=user).token

    return issue


def expired(organization: Organization) -> str:
    a_moment_ago = clock.now() - timedelta(seconds=1)
    return issue_api_key(organization=organization, kind=ApiKey.Kind.UMANIZE, expires_at=a_moment_ago).token


def revoked(organization: Organization) -> str:
    issued = issue_api_key(organization=organization, kind=ApiKey.Kind.UMANIZE)
    revoke_api_key(key=issued.key)
    return issued.token


def of_deleted_organization(organization: Organization) -> str:
    token = token_of(organization)
    Organization.objects.filter(pk=organization.pk).soft_delete()
    return token


def of_inactive_user(organization: Organization) -> str:
    user = user_of(organization, Role.OWNER)
    user.is_active = False
    user.save()
    return token_of(organization, user)


def of_former_member(organization: Organization) -> str:
    user = user_of(organization, Role.OWNER)
    token = token_of(organization, user)
    user.memberships.all().delete()
    return token


def with_another_secret(organization: Organization) -> str:
    return token_of(organization).split(".")[0] + "." + token_of(organization).split(".")[1]


USELESS: Mapping[str, Callable[[Organization], str | None]] = {
    "none": lambda _organization: None,
    "empty": lambda _organization: "",
    "garbage": lambda _organization: "um_\u00e9.\u00e9",
    "expired": expired,
    "revoked": revoked,
    "another secret": with_another_secret,
    "of a deleted organization": of_deleted_organization,
    "of an inactive user": of_inactive_user,
    "of a former member": of_former_member,
    **{f"of kind {kind}": of_kind(kind) for kind in ApiKey.Kind if kind != ApiKey.Kind.UMANIZE},
}


# Every operation knows its caller the same way: each is tried with nothing and with one more.
TRIED = [
    (operation, credential)
    for number, operation in enumerate(OPERATIONS)
    for credential in {"none": 1, list(USELESS)[number % len(USELESS)]: 1}
]


@pytest.mark.parametrize(("operation", "credential"), TRIED, ids=str)
def test_a_useless_credential_opens_nothing(acme: Organization, operation: Operation, credential: str) -> None:
    response = Client(USELESS[credential](acme)).send(operation.method, operation.at(), b"{}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("ApiKey ")


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_key_opens_every_operation(acme: Organization, operation: Operation) -> None:
    response = client_of(acme).send(operation.method, operation.at(), b"{}")
    if operation in UPLOADS:
        assert response.status_code == 415
    else:
        assert response.status_code == 404 if operation.slots else response.status_code in (200, 201, 422)


@pytest.mark.parametrize("operation", WITH_ID, ids=name)
def test_another_tenant_s_id_is_as_if_it_were_not_there(
    acme: Organization, globex: Organization, operation: Operation
) -> None:
    theirs, ours = ids_in(globex), ids_in(acme)
    client = client_of(acme)
    missing = answer_of(client, operation, {})
    assert missing[0] == 404
    assert answer_of(client, operation, theirs) == missing
    for slot in operation.slots:
        assert answer_of(client, operation, {**ours, slot: theirs[slot]}) == missing
    assert answer_of(client_of(globex), operation, theirs)[0] != 404


def answer_of(client: Client, operation: Operation, ids: Mapping[str, object]) -> tuple[int, bytes]:
    response = send(client, operation, ids)
    return response.status_code, response.content


def send(client: Client, operation: Operation, ids: Mapping[str, object]) -> Any:
    """Send the least an operation takes: nothing, or a file."""
    if operation in UPLOADS:
        return client.upload(operation.at(**ids), b"email\nada@example.com\n")
    return client.send(operation.method, operation.at(**ids), b"{}")


@pytest.mark.parametrize("operation", OWNED, ids=name)
def test_what_somebody_else_owns_is_not_there_for_one_who_is_no_admin(acme: Organization, operation: Operation) -> None:
    owner = user_of(acme, Role.OPERATOR)
    ids = ids_in(acme, owner)
    assert answer_of(client_of(acme, role=Role.OPERATOR), operation, ids)[0] in (403, 404)
    for allowed in (client_of(acme, role=Role.ADMIN), Client(token_of(acme, owner))):
        if operation.method != "DELETE":  # which only the first of them could do
            assert answer_of(allowed, operation, ids)[0] != 404
    if operation.method == "DELETE":
        assert answer_of(Client(token_of(acme, owner)), operation, ids)[0] != 404


@pytest.mark.parametrize("operation", [o for o in WITH_ID if o not in OWNED], ids=name)
def test_what_the_whole_organization_uses_is_read_by_all_and_changed_by_admins(
    acme: Organization, operation: Operation
) -> None:
    ids = ids_in(acme)
    status = answer_of(client_of(acme, role=Role.OPERATOR), operation, ids)[0]
    assert (status == 403) == (operation.method != "GET")
    assert answer_of(client_of(acme, role=Role.ADMIN), operation, ids)[0] < 400 or operation.method == "DELETE"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_viewer_only_reads(acme: Organization, operation: Operation) -> None:
    status = client_of(acme, role=Role.VIEWER).send(operation.method, operation.at(), b"{}").status_code
    assert (status == 403) == (operation.method != "GET")


NO_IDS = ["x", "1", "00000000-0000-4000-8000-00000000000g", "%00", "%ff", "\u00e9" * 40]


@pytest.mark.parametrize(
    ("operation", "path_id"), [(o, NO_IDS[n % len(NO_IDS)]) for n, o in enumerate(WITH_ID)], ids=str
)
def test_an_id_that_is_none_is_located_in_the_path(acme: Organization, operation: Operation, path_id: str) -> None:
    response = send(client_of(acme), operation, dict.fromkeys(operation.slots, path_id))
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["path", operation.slots[0]]
