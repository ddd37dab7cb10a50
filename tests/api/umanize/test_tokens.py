from __future__ import annotations

from typing import Any

import pytest

from organizations.models import Organization, Role, User
from tests.api.umanize.client import Client, client_of, user_of
from tests.api.umanize.routes import LOGINS, OPERATIONS, Operation, name
from tests.factories import PASSWORD, CampaignFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(acme: Organization) -> User:
    return user_of(acme, Role.OPERATOR)


def log_in(user: User, **more: Any) -> dict[str, Any]:
    response = Client(None).post("/auth/token", {"email": user.email, "password": PASSWORD, **more})
    assert response.status_code == 200
    tokens: dict[str, Any] = response.json()
    return tokens


def test_a_user_works_with_what_is_theirs(user: User, acme: Organization) -> None:
    tokens = log_in(user)
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    CampaignFactory(organization=acme, owner=user, name="Mine")
    CampaignFactory(organization=acme, name="Nobody's")
    client = Client(None, bearer=tokens["access_token"])
    assert [item["name"] for item in client.get("/campaigns").json()["data"]] == ["Mine"]


@pytest.mark.parametrize(("role", "campaigns", "change"), [("admin", 2, 200), ("viewer", 1, 403), ("operator", 1, 200)])
def test_a_role_decides_what_is_seen_and_changed(acme: Organization, role: Role, campaigns: int, change: int) -> None:
    user = user_of(acme, role)
    mine = CampaignFactory(organization=acme, owner=user)
    CampaignFactory(organization=acme)
    client = Client(None, bearer=log_in(user)["access_token"])
    assert client.get("/campaigns").json()["meta"]["total"] == campaigns
    assert client.patch(f"/campaigns/{mine.pk}", {"name": "x"}).status_code == change


def test_a_refresh_token_gets_the_next_pair(user: User) -> None:
    tokens = log_in(user)
    response = Client(None).post("/auth/token/refresh", {"refresh_token": tokens["refresh_token"]})
    assert response.status_code == 200
    assert Client(None, bearer=response.json()["access_token"]).get("/campaigns").status_code == 200


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + " "])
def test_a_wrong_guess_is_a_401_that_does_not_say_what_is_wrong(user: User, password: str) -> None:
    guesses = [{"email": user.email, "password": password}, {"email": "nobody@example.com", "password": password}]
    answers = [Client(None).post("/auth/token", guess) for guess in guesses]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


def test_a_useless_refresh_token_is_a_401(user: User) -> None:
    for token in (log_in(user)["access_token"], "", "x.y.z"):
        assert Client(None).post("/auth/token/refresh", {"refresh_token": token}).status_code == 401


def test_who_works_in_two_organizations_names_one(user: User, globex: Organization) -> None:
    MembershipFactory(organization=globex, user=user, role=Role.ADMIN)
    response = Client(None).post("/auth/token", {"email": user.email, "password": PASSWORD})
    assert response.json()["detail"][0]["loc"] == ["body", "organization"]
    client = Client(None, bearer=log_in(user, organization="globex")["access_token"])
    CampaignFactory(organization=globex, name="Theirs")
    assert [item["name"] for item in client.get("/campaigns").json()["data"]] == ["Theirs"]
    assert (
        Client(None).post("/auth/token", {"email": user.email, "password": PASSWORD, "organization": "x"}).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "email"), ({"email": 1, "password": "x"}, "email"), ({"email": "a@b.c"}, "password"), ([], None)],
)
def test_a_wrong_body_is_located(body: Any, field: str | None) -> None:
    response = Client(None).post("/auth/token", body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == (["body", field] if field else ["body"])


@pytest.mark.parametrize("operation", LOGINS, ids=name)
def test_a_hostile_body_is_refused(operation: Operation) -> None:
    for body in (b"{", b'{"email": "\\u0000", "password": "x", "refresh_token": "\\ud800"}', b"[" * 9999):
        assert Client(None).send("POST", operation.path, body).status_code == 422


@pytest.mark.parametrize("end", ["disabled", "password", "membership"])
@pytest.mark.parametrize("operation", OPERATIONS[::7], ids=name)
def test_what_a_token_stands_on_ends_it_at_once(user: User, operation: Operation, end: str) -> None:
    client = Client(None, bearer=log_in(user)["access_token"])
    assert client.send(operation.method, operation.at(), b"{}").status_code != 401
    if end == "disabled":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif end == "password":
        user.set_password("another long password")
        user.save()
    else:
        user.memberships.all().delete()
    assert client.send(operation.method, operation.at(), b"{}").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic x", "bearer \u00e9"])
def test_a_header_that_is_no_token_opens_nothing(acme: Organization, header: str) -> None:
    response = Client(None).send("GET", "/campaigns", headers={"Authorization": header})
    assert response.status_code == 401


def test_a_key_that_is_sent_along_decides(user: User, acme: Organization) -> None:
    client = client_of(acme)
    client.bearer = "x"
    assert client.get("/campaigns").status_code == 200
