"""The commands as their users meet them: by what they print, and by the one line that says what is wrong."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from lib import clock
from organizations.models import ApiKey, Membership, Organization, User
from organizations.services import authenticate_token
from tests.factories import PASSWORD, MembershipFactory

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def run_json(*arguments: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return facts


def test_create_organization_answers_with_what_the_next_command_needs() -> None:
    facts = run_json("create_organization", "Acme Inc.", "--timezone", "Europe/Rome", "--region", "it")
    organization = Organization.objects.get()
    assert facts == {
        "id": str(organization.pk),
        "slug": "acme-inc",
        "name": "Acme Inc.",
        "timezone": "Europe/Rome",
        "region": "IT",
    }


def test_create_organization_says_in_one_line_what_is_wrong(acme: Organization) -> None:
    with pytest.raises(CommandError) as refusal:
        run("create_organization", "Acme", "--slug", "acme")
    assert str(refusal.value) == "an organization with the slug acme exists already"


@pytest.mark.parametrize("kind", ["umanize", "agentalk", "anyreach"])
def test_issue_api_key_prints_a_token_that_works(acme: Organization, kind: str) -> None:
    token = run_json("issue_api_key", "acme", "--kind", kind)["token"]
    key = authenticate_token(kind=ApiKey.Kind(kind), token=token, at=clock.now())
    assert key is not None
    assert key.organization == acme


def test_issue_api_key_takes_the_organizations_id_too(acme: Organization) -> None:
    assert run_json("issue_api_key", str(acme.pk), "--kind", "umanize")["organization"] == "acme"


def test_issue_api_key_tells_people_how_to_send_the_token(acme: Organization) -> None:
    assert "X-API-Key: um_" in run("issue_api_key", "acme", "--kind", "umanize")
    assert f"Authorization: Bearer {acme.pk}." in run("issue_api_key", "acme", "--kind", "agentalk")


def test_an_anyreach_key_without_scopes_gets_all_and_with_some_gets_those(acme: Organization) -> None:
    assert len(run_json("issue_api_key", "acme", "--kind", "anyreach")["scopes"]) == 4
    some = run_json("issue_api_key", "acme", "--kind", "anyreach", "--scope", "campaigns:read")
    assert some["scopes"] == ["campaigns:read"]


def test_a_personal_token_needs_no_organization() -> None:
    user = MembershipFactory().user
    facts = run_json("issue_api_key", "--kind", "personal", "--user", user.email.upper())
    key = authenticate_token(kind=ApiKey.Kind.PERSONAL, token=facts["token"], at=clock.now())
    assert key is not None
    assert key.user == user


def test_a_key_may_expire(acme: Organization) -> None:
    run("issue_api_key", "acme", "--kind", "umanize", "--expires-in-days", "30")
    expires_at = ApiKey.objects.get().expires_at
    assert expires_at is not None
    assert 29 <= (expires_at - clock.now()).days <= 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "--kind", "umanize"], "there is no organization 'nowhere'"),
        (["--kind", "umanize"], "a umanize key needs an organization"),
        (["acme", "--kind", "personal"], "a personal key needs a user"),
        (["acme", "--kind", "umanize", "--user", "nobody@example.com"], "there is no user with this email address"),
        (["acme", "--kind", "umanize", "--expires-in-days", "0"], "a number of days from 1"),
        (["acme", "--kind", "umanize", "--expires-in-days", "soon"], "a number of days from 1"),
        (["acme", "--kind", "telepathy"], "invalid choice"),
        (["acme", "--kind", "anyreach", "--scope", "all"], "invalid choice"),
    ],
)
def test_issue_api_key_says_in_one_line_what_is_wrong(acme: Organization, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run("issue_api_key", *arguments)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not ApiKey.objects.exists()


def test_create_user_makes_a_password_that_opens_the_door(acme: Organization) -> None:
    facts = run_json("create_user", "ada@example.com", "--organization", "acme", "--role", "admin")
    user = User.objects.get()
    assert user.check_password(facts["password"])
    assert user.is_staff
    assert Membership.objects.get(user=user, organization=acme).role == "admin"


def test_create_user_reads_a_password_without_showing_it(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    said = run("create_user", "ada@example.com", "--organization", "acme", "--password-stdin")
    assert User.objects.get().check_password(PASSWORD)
    assert PASSWORD not in said


def test_create_user_leaves_nobody_behind_where_the_password_is_weak(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    with pytest.raises(CommandError, match="too short"):
        run("create_user", "ada@example.com", "--organization", "acme", "--password-stdin")
    assert not User.objects.exists()


def test_create_user_brings_an_existing_user_into_one_more_organization(
    acme: Organization, globex: Organization
) -> None:
    user = MembershipFactory(organization=acme).user
    facts = run_json("create_user", user.email, "--organization", "globex", "--role", "viewer")
    assert "password" not in facts
    assert Membership.objects.get(organization=globex).user == user
    with pytest.raises(CommandError, match="is a member of the organization already"):
        run("create_user", user.email, "--organization", "globex")


def test_a_superuser_needs_no_organization_and_nobody_else_does_without(acme: Organization) -> None:
    run("create_user", "root@example.com", "--superuser")
    assert User.objects.get().is_superuser
    with pytest.raises(CommandError, match="name the --organization"):
        run("create_user", "ada@example.com")


def test_a_user_who_exists_is_not_made_a_superuser_by_the_way(acme: Organization) -> None:
    user = MembershipFactory(organization=acme).user
    with pytest.raises(CommandError, match="exists already"):
        run("create_user", user.email, "--superuser")
    user.refresh_from_db()
    assert not user.is_superuser


@pytest.mark.parametrize("command", ["create_organization", "issue_api_key", "create_user"])
def test_help_is_about_the_command_and_nothing_else(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run(command, "--help")
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert "--json" in said
    assert "--pythonpath" not in said
