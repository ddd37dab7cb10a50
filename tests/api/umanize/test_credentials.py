from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from lib import clock
from organizations.models import ApiKey, Organization, Role
from organizations.services import issue_api_key, revoke_api_key
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.api.umanize.routes import OPERATIONS, WITH_ID, Operation, name
from tests.factories import CampaignFactory, CustomerFactory

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("credential", USELESS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_useless_credential_opens_nothing(acme: Organization, operation: Operation, credential: str) -> None:
    response = Client(USELESS[credential](acme)).send(operation.method, operation.at(), b"{}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("ApiKey ")


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_key_opens_every_operation(acme: Organization, operation: Operation) -> None:
    response = client_of(acme).send(operation.method, operation.at(), b"{}")
    assert response.status_code == 404 if operation.slots else response.status_code in (200, 201, 422)


@pytest.mark.parametrize("operation", WITH_ID, ids=name)
def test_another_tenant_s_id_is_as_if_it_were_not_there(
    acme: Organization, globex: Organization, operation: Operation
) -> None:
    ids = {
        "campaign_id": CampaignFactory(organization=globex).pk,
        "customer_id": CustomerFactory(organization=globex).pk,
    }
    client = client_of(acme)
    foreign, missing = (client.send(operation.method, path, b"{}") for path in (operation.at(**ids), operation.at()))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    own = client_of(globex).send(operation.method, operation.at(**ids), b"{}")
    assert own.status_code != 404


@pytest.mark.parametrize("operation", WITH_ID, ids=name)
def test_what_somebody_else_owns_is_not_there_for_one_who_is_no_admin(acme: Organization, operation: Operation) -> None:
    owner = user_of(acme, Role.OPERATOR)
    ids = {
        "campaign_id": CampaignFactory(organization=acme, owner=owner).pk,
        "customer_id": CustomerFactory(organization=acme, owner=owner).pk,
    }
    other = client_of(acme, role=Role.OPERATOR).send(operation.method, operation.at(**ids), b"{}")
    assert other.status_code == 404
    for allowed in (client_of(acme, role=Role.ADMIN), Client(token_of(acme, owner))):
        assert allowed.send(operation.method, operation.at(**ids), b"{}").status_code != 404


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_a_viewer_only_reads(acme: Organization, operation: Operation) -> None:
    status = client_of(acme, role=Role.VIEWER).send(operation.method, operation.at(), b"{}").status_code
    assert (status == 403) == (operation.method != "GET")


@pytest.mark.parametrize("path_id", ["x", "1", "00000000-0000-4000-8000-00000000000g", "%00", "%ff", "\u00e9" * 40])
@pytest.mark.parametrize("operation", WITH_ID, ids=name)
def test_an_id_that_is_none_is_located_in_the_path(acme: Organization, operation: Operation, path_id: str) -> None:
    path = operation.at(**dict.fromkeys(operation.slots, path_id))
    response = client_of(acme).send(operation.method, path, b"{}")
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["path", operation.slots[0]]
