"""Who may do what: every route with every credential, tenant and organization header."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from lib import clock
from organizations.models import ApiKey, Organization, Role
from organizations.services import issue_api_key, revoke_api_key
from tests.api.agentalk.client import Client, client_of, client_of_superuser, token_of, user_of
from tests.api.agentalk.routes import OPERATIONS, WITH_ID, Operation, name
from tests.factories import CampaignFactory, CustomerFactory

pytestmark = pytest.mark.django_db


def of_kind(kind: ApiKey.Kind) -> Callable[[Organization], str]:
    def issue(organization: Organization) -> str:
        user = user_of(organization, Role.OWNER) if kind == ApiKey.Kind.PERSONAL else None
        return issue_api_key(organization=organization, kind=kind, user=user).token

    return issue


def expired(organization: Organization) -> str:
    a_moment_ago = clock.now() - timedelta(seconds=1)
    return issue_api_key(organization=organization, kind=ApiKey.Kind.AGENTALK, expires_at=a_moment_ago).token


def revoked(organization: Organization) -> str:
    issued = issue_api_key(organization=organization, kind=ApiKey.Kind.AGENTALK)
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


def a_jwt(organization: Organization) -> str:
    return jwt.encode({"org": str(organization.pk)}, "a secret that is long enough for this hash", algorithm="HS256")


def with_another_organization(organization: Organization) -> str:
    return f"{uuid4()}.{token_of(organization).partition('.')[2]}"


USELESS: Mapping[str, Callable[[Organization], str | None]] = {
    "none": lambda _organization: None,
    "empty": lambda _organization: "",
    "garbage": lambda _organization: "\u00e9.\u00e9",
    "a JWT": a_jwt,
    "without an organization": lambda organization: token_of(organization).partition(".")[2],
    "without a secret": lambda organization: f"{organization.pk}.",
    "with another organization": with_another_organization,
    "with another secret": lambda organization: token_of(organization)[:-1] + "x",
    "expired": expired,
    "revoked": revoked,
    "of a deleted organization": of_deleted_organization,
    "of an inactive user": of_inactive_user,
    "of a former member": of_former_member,
    **{f"of kind {kind}": of_kind(kind) for kind in ApiKey.Kind if kind != ApiKey.Kind.AGENTALK},
}


@pytest.mark.parametrize("credential", USELESS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_useless_credential_opens_nothing(acme: Organization, operation: Operation, credential: str) -> None:
    response = Client(USELESS[credential](acme)).send(operation.method, operation.at(), b"{}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


def test_a_jwt_is_told_what_is_wrong_with_it(acme: Organization) -> None:
    assert "JWT" in Client(a_jwt(acme)).get("/api/campaigns").json()["detail"]


@pytest.mark.parametrize("scheme", ["Basic", "Token", "ApiKey", ""])
def test_another_scheme_is_none(acme: Organization, scheme: str) -> None:
    header = {"Authorization": f"{scheme} {token_of(acme)}".strip()}
    assert Client(None).send("GET", "/api/campaigns", headers=header).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_scheme_is_read_without_regard_to_case(acme: Organization, scheme: str) -> None:
    header = {"Authorization": f"{scheme} {token_of(acme)}"}
    assert Client(None).send("GET", "/api/campaigns", headers=header).status_code == 200


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_token_opens_every_operation(acme: Organization, operation: Operation) -> None:
    response = client_of(acme).send(operation.method, operation.at(), b"{}")
    assert response.status_code == 404 if operation.slots else response.status_code in (200, 400)


def ids_of(organization: Organization) -> dict[str, Any]:
    return {
        "campaign_id": CampaignFactory(organization=organization).pk,
        "contact_id": CustomerFactory(organization=organization).pk,
    }


@pytest.mark.parametrize("operation", WITH_ID, ids=name)
def test_another_tenant_s_id_is_as_if_it_were_not_there(
    acme: Organization, globex: Organization, operation: Operation
) -> None:
    client, paths = client_of(acme), (operation.at(**ids_of(globex)), operation.at(), operation.at(campaign_id="x"))
    foreign, missing, senseless = (client.send(operation.method, path, b"{}") for path in paths)
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert senseless.content == missing.content
    own = client_of(globex).send(operation.method, operation.at(**ids_of(globex)), b"{}")
    assert own.status_code != 404


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_viewer_only_reads(acme: Organization, operation: Operation) -> None:
    status = client_of(acme, role=Role.VIEWER).send(operation.method, operation.at(), b"{}").status_code
    assert (status == 403) == (operation.method != "GET")


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_naming_one_s_own_organization_changes_nothing(acme: Organization, operation: Operation) -> None:
    token = token_of(acme)
    plain = Client(token).send(operation.method, operation.at(), b"{}")
    named = Client(token, organization_id=acme.pk).send(operation.method, operation.at(), b"{}")
    assert (named.status_code, named.content) == (plain.status_code, plain.content)


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_naming_another_organization_is_forbidden_whether_it_exists_or_not(
    acme: Organization, globex: Organization, operation: Operation
) -> None:
    token = token_of(acme)
    answers = [
        Client(token, organization_id=key).send(operation.method, operation.at(), b"{}") for key in (globex.pk, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("value", ["", "acme", "1", "00000000-0000-4000-8000-00000000000g", "\u00e9" * 40])
def test_an_organization_that_is_no_id_is_refused(acme: Organization, value: str) -> None:
    for client in (Client(token_of(acme), organization_id=value), client_of_superuser(acme, organization_id=value)):
        response = client.get("/api/campaigns")
        assert (response.status_code, list(response.json())) == (400, ["X-Organization-ID"])


def test_a_superuser_sees_every_organization_or_the_one_they_name(acme: Organization, globex: Organization) -> None:
    ours, theirs = ids_of(acme), ids_of(globex)

    def seen(client: Client) -> set[str]:
        return {campaign["id"] for campaign in client.get("/api/campaigns").json()["campaigns"]}

    both = {str(ours["campaign_id"]), str(theirs["campaign_id"])}
    assert seen(client_of_superuser(acme)) == both
    assert seen(client_of_superuser(acme, organization_id=globex.pk)) == {str(theirs["campaign_id"])}
    assert seen(client_of_superuser(acme, organization_id=acme.pk)) == {str(ours["campaign_id"])}
    assert client_of_superuser(acme).get(f"/api/contacts/{theirs['contact_id']}").status_code == 200
    named = client_of_superuser(acme, organization_id=acme.pk)
    assert named.get(f"/api/contacts/{theirs['contact_id']}").status_code == 404
    assert client_of_superuser(acme, organization_id=uuid4()).get("/api/campaigns").status_code == 403


def test_a_superuser_who_names_nobody_creates_in_the_token_s_organization(
    acme: Organization, globex: Organization
) -> None:
    body = {"phone": "+393471234567"}
    here = client_of_superuser(acme).post("/api/contacts", body).json()["id"]
    there = client_of_superuser(acme, organization_id=globex.pk).post("/api/contacts", body).json()["id"]
    assert client_of(acme).get(f"/api/contacts/{here}").status_code == 200
    assert client_of(globex).get(f"/api/contacts/{there}").status_code == 200


def test_what_a_deleted_organization_had_is_nobody_s(acme: Organization, globex: Organization) -> None:
    campaign = CampaignFactory(organization=globex)
    Organization.objects.filter(pk=globex.pk).soft_delete()
    client = client_of_superuser(acme)
    assert client.get("/api/campaigns").json()["total"] == 0
    assert client.get(f"/api/campaigns/{campaign.pk}").status_code == 404


def test_contacts_of_one_organization_never_get_into_a_campaign_of_another(
    acme: Organization, globex: Organization
) -> None:
    campaign, theirs = CampaignFactory(organization=acme), CustomerFactory(organization=globex)
    for client in (client_of(acme), client_of_superuser(acme), client_of_superuser(globex, organization_id=acme.pk)):
        answer = client.post(f"/api/campaigns/{campaign.pk}/contacts", {"contactIds": [str(theirs.pk)]}).json()
        assert (answer["added"], answer["invalidIds"]) == (0, [str(theirs.pk)])


def test_a_key_replays_only_for_the_organization_it_was_used_in(acme: Organization, globex: Organization) -> None:
    from tests.factories import UserFactory

    token, key = token_of(acme, UserFactory(is_superuser=True)), {"Idempotency-Key": "k1"}
    answers = [
        Client(token, organization_id=named).post("/api/contacts", {"phone": "+393471234567"}, **key)
        for named in (acme.pk, globex.pk, acme.pk)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]
    assert answers[2].content == answers[0].content
