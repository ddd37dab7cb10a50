"""Every scope, credential and tenant against every route, from one table written down from the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from lib import clock
from organizations.models import ApiKey, Membership, Organization, Role
from organizations.services import SCOPES, issue_api_key, revoke_api_key
from tests.api.anyreach.client import Client, client_of, key_of, person_of
from tests.api.anyreach.routes import OPERATIONS, WITH_ID, Operation, name
from tests.contracts.facts import load
from tests.factories import MembershipFactory, TargetFactory, UserFactory

pytestmark = pytest.mark.django_db

FACTS = load("anyreach")
MISSING_ORGANIZATION = {"detail": "Token is missing organization claim."}


def scopes_of(operation: Operation) -> set[str]:
    """Return which scopes open an operation, by the facts of the contract; empty: any credential does."""
    path = operation.path.replace("<", "{").replace(">", "}")
    return set(FACTS["operations"][f"{operation.method} {path}"]["scopes"])


def status(client: Client, operation: Operation) -> int:
    code: int = client.send(operation.method, operation.at(), b"{}").status_code
    return code


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_one_scope_alone_opens_what_it_is_for_and_nothing_else(acme: Organization, operation: Operation) -> None:
    for scope in SCOPES:
        needed = scopes_of(operation)
        found = status(client_of(acme, scopes=[scope]), operation)
        assert (scope, found == 403) == (scope, bool(needed) and scope not in needed)
        assert found not in (401, 405)


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_key_without_scopes_opens_only_what_needs_none(acme: Organization, operation: Operation) -> None:
    assert (status(client_of(acme, scopes=[]), operation) == 403) == bool(scopes_of(operation))


ROLES: Mapping[Role, set[str]] = {
    Role.OWNER: set(SCOPES),
    Role.ADMIN: set(SCOPES),
    Role.OPERATOR: {"campaigns:read", "campaigns:manage", "concurrency:read"},
    Role.VIEWER: {"campaigns:read", "concurrency:read"},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_person_may_what_their_role_may(acme: Organization, operation: Operation, role: Role) -> None:
    needed = scopes_of(operation)
    found = status(person_of(acme, role), operation)
    assert (found == 403) == (bool(needed) and not needed & ROLES[role])
    assert found != 401


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_persons_token_may_say_less_than_their_role(acme: Organization, operation: Operation) -> None:
    found = status(person_of(acme, Role.ADMIN, scopes=["concurrency:read"]), operation)
    assert (found == 403) == (bool(scopes_of(operation)) and "concurrency:read" not in scopes_of(operation))


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_person_has_to_name_the_organization(acme: Organization, globex: Organization, operation: Operation) -> None:
    person = person_of(acme, Role.ADMIN)
    for named in (None, "", " "):
        person.organization = named
        response = person.send(operation.method, operation.at(), b"{}")
        assert (response.status_code, response.json()) == (401, MISSING_ORGANIZATION)
    answers = set()
    for named in (str(globex.pk), globex.slug, "nowhere", "00000000-0000-4000-8000-000000000000", "x" * 300):
        person.organization = named
        response = person.send(operation.method, operation.at(), b"{}")
        assert response.status_code == 401
        answers.add(response.content)
    assert len(answers) == 1
    person.organization = acme.slug
    assert status(person, operation) != 401


def test_a_persons_token_of_one_organization_is_none_of_another(acme: Organization, globex: Organization) -> None:
    user = UserFactory()
    for organization in (acme, globex):
        MembershipFactory(organization=organization, user=user, role=Role.ADMIN)
    bound = issue_api_key(organization=acme, kind=ApiKey.Kind.PERSONAL, user=user, scopes=SCOPES).token
    free = issue_api_key(organization=None, kind=ApiKey.Kind.PERSONAL, user=user, scopes=SCOPES).token
    found = {
        (token, organization.slug): Client(token, organization=organization.slug).get("/campaign/campaigns").status_code
        for token in (bound, free)
        for organization in (acme, globex)
    }
    assert list(found.values()) == [200, 401, 200, 200]


def expired(organization: Organization) -> str:
    a_moment_ago = clock.now() - timedelta(seconds=1)
    issued = issue_api_key(organization=organization, kind=ApiKey.Kind.ANYREACH, scopes=SCOPES, expires_at=a_moment_ago)
    return issued.token


def revoked(organization: Organization) -> str:
    issued = issue_api_key(organization=organization, kind=ApiKey.Kind.ANYREACH, scopes=SCOPES)
    revoke_api_key(key=issued.key)
    return issued.token


def of_deleted_organization(organization: Organization) -> str:
    token = key_of(organization)
    Organization.objects.filter(pk=organization.pk).soft_delete()
    return token


def of_former_member(organization: Organization) -> str:
    user = UserFactory()
    MembershipFactory(organization=organization, user=user, role=Role.OWNER)
    token = issue_api_key(organization=organization, kind=ApiKey.Kind.ANYREACH, user=user, scopes=SCOPES).token
    Membership.objects.filter(user=user).delete()
    return token


def of_inactive_user(organization: Organization) -> str:
    user = UserFactory()
    MembershipFactory(organization=organization, user=user, role=Role.OWNER)
    token = issue_api_key(organization=organization, kind=ApiKey.Kind.ANYREACH, user=user, scopes=SCOPES).token
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    return token


USELESS: Mapping[str, Callable[[Organization], str | None]] = {
    "none": lambda _organization: None,
    "garbage": lambda _organization: "ak_\u00e9.\u00e9",
    "expired": expired,
    "revoked": revoked,
    "another secret": lambda o: key_of(o).split(".")[0] + "." + key_of(o).split(".")[1],
    "of a deleted organization": of_deleted_organization,
    "of a former member": of_former_member,
    "of an inactive user": of_inactive_user,
    "of another dialect": lambda o: issue_api_key(organization=o, kind=ApiKey.Kind.UMANIZE).token,
    "of a third dialect": lambda o: issue_api_key(organization=o, kind=ApiKey.Kind.AGENTALK).token,
}


@pytest.mark.parametrize("credential", USELESS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_useless_credential_opens_nothing(acme: Organization, operation: Operation, credential: str) -> None:
    response = Client(USELESS[credential](acme), organization=acme.slug).send(operation.method, operation.at(), b"{}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcg==", "{token}", "Token {token}"])
def test_a_token_is_sent_as_a_bearer(acme: Organization, header: str) -> None:
    headers = {"Authorization": header.format(token=key_of(acme))}
    assert Client(None).send("GET", "/campaign/campaigns", headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["Bearer {token}", "bearer  {token} ", "BEARER {token}"])
def test_the_word_bearer_may_be_written_in_any_way(acme: Organization, header: str) -> None:
    headers = {"Authorization": header.format(token=key_of(acme))}
    assert Client(None).send("GET", "/campaign/campaigns", headers=headers).status_code == 200


@pytest.mark.parametrize("operation", WITH_ID, ids=name)
def test_another_tenants_id_is_as_if_it_were_not_there(
    acme: Organization, globex: Organization, operation: Operation
) -> None:
    theirs = client_of(globex)
    configuration = theirs.post("/campaign/configurations", {"name": "Theirs"}).json()["id"]
    body = {"name": "Theirs", "configuration_id": configuration, "external_id": "theirs"}
    campaign = theirs.post("/campaign/campaigns", body).json()["id"]
    contact = TargetFactory(campaign_id=campaign, organization=globex, external_id="contact").pk
    if operation.method == "DELETE" and "config_id" in operation.slots:
        configuration = theirs.post("/campaign/configurations", {"name": "Unused"}).json()["id"]
    ids = {"id": campaign, "contact_id": contact, "config_id": configuration}
    client = client_of(acme)
    foreign, missing = (client.send(operation.method, path, b"{}") for path in (operation.at(**ids), operation.at()))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    by_name = operation.at(id="theirs", contact_id="contact", config_id="theirs")
    assert client.send(operation.method, by_name, b"{}").content == missing.content
    assert theirs.send(operation.method, operation.at(**ids), b"{}").status_code != 404


@pytest.mark.parametrize("path_id", ["x", "%00", "%ff", "\u00e9" * 40, "x" * 5000, "..", "%2F", "default "])
@pytest.mark.parametrize("operation", WITH_ID, ids=name)
def test_an_id_that_leads_to_nothing_is_not_found(acme: Organization, operation: Operation, path_id: str) -> None:
    path = operation.at(**dict.fromkeys(operation.slots, path_id))
    assert client_of(acme).send(operation.method, path, b"{}").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_an_address_does_not_know_is_refused(acme: Organization, method: str) -> None:
    assert client_of(acme).send(method, "/campaign/campaigns", b"{}").status_code == 405
