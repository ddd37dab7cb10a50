from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from organizations.exceptions import KeyNeedsOwner, NotAMember, UnknownScope
from organizations.models import ApiKey, AuditEvent, Organization
from organizations.services import authenticate_token, issue_api_key, revoke_api_key
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORGANIZATION_KINDS = [ApiKey.Kind.UMANIZE, ApiKey.Kind.AGENTALK, ApiKey.Kind.ANYREACH]


def token_of(organization: Organization, kind: ApiKey.Kind) -> str:
    user = UserFactory() if kind == ApiKey.Kind.PERSONAL else None
    if user:
        MembershipFactory(organization=organization, user=user)
    return issue_api_key(organization=organization, kind=kind, user=user).token


@pytest.mark.parametrize("kind", ApiKey.Kind)
def test_a_key_opens_its_organization(acme: Organization, kind: ApiKey.Kind) -> None:
    token = token_of(acme, kind)
    key = authenticate_token(kind=kind, token=token, at=NOW)
    assert key is not None
    assert key.organization == acme


@pytest.mark.parametrize(
    ("kind", "start"),
    [(ApiKey.Kind.UMANIZE, "um_"), (ApiKey.Kind.ANYREACH, "ak_"), (ApiKey.Kind.PERSONAL, "pat_")],
)
def test_a_token_tells_what_it_is_for(acme: Organization, kind: ApiKey.Kind, start: str) -> None:
    assert token_of(acme, kind).startswith(start)


def test_an_agentalk_token_starts_with_the_organization(acme: Organization) -> None:
    assert token_of(acme, ApiKey.Kind.AGENTALK).startswith(f"{acme.pk}.")


def test_an_agentalk_token_is_refused_under_the_name_of_another_organization(
    acme: Organization, globex: Organization
) -> None:
    secret = token_of(acme, ApiKey.Kind.AGENTALK).split(".")[1]
    assert authenticate_token(kind=ApiKey.Kind.AGENTALK, token=f"{globex.pk}.{secret}", at=NOW) is None


@pytest.mark.parametrize("kind", ORGANIZATION_KINDS)
def test_a_key_of_one_kind_does_not_open_another(acme: Organization, kind: ApiKey.Kind) -> None:
    public_and_secret = token_of(acme, ApiKey.Kind.UMANIZE).removeprefix("um_")
    forms = {
        ApiKey.Kind.UMANIZE: f"um_{public_and_secret}",
        ApiKey.Kind.AGENTALK: f"{acme.pk}.{public_and_secret.replace('.', '_')}",
        ApiKey.Kind.ANYREACH: f"ak_{public_and_secret}",
    }
    opened = authenticate_token(kind=kind, token=forms[kind], at=NOW)
    assert (opened is not None) == (kind == ApiKey.Kind.UMANIZE)


@pytest.mark.parametrize("kind", ApiKey.Kind)
def test_every_changed_character_spoils_a_token(acme: Organization, kind: ApiKey.Kind) -> None:
    token = token_of(acme, kind)
    for place, character in enumerate(token):
        other = "b" if character == "a" else "a"
        assert authenticate_token(kind=kind, token=token[:place] + other + token[place + 1 :], at=NOW) is None


@pytest.mark.parametrize("kind", ApiKey.Kind)
@pytest.mark.parametrize(
    "garbage", ["", ".", "um_.", "ak_x.y", "\0", "um_\0123456789." + "a" * 49, "é" * 60, "x" * 100_000, "\ud800"]
)
def test_garbage_is_refused_without_a_query(
    kind: ApiKey.Kind, garbage: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert authenticate_token(kind=kind, token=garbage, at=NOW) is None


def test_the_secret_of_another_key_does_not_help(acme: Organization) -> None:
    tokens = [token_of(acme, ApiKey.Kind.UMANIZE) for _ in range(2)]
    mixed = f"{tokens[0].split('.')[0]}.{tokens[1].split('.')[1]}"
    assert authenticate_token(kind=ApiKey.Kind.UMANIZE, token=mixed, at=NOW) is None


def test_a_secret_is_not_stored(acme: Organization) -> None:
    issued = issue_api_key(organization=acme, kind=ApiKey.Kind.UMANIZE)
    secret = issued.token.split(".")[1]
    assert secret not in str(ApiKey.objects.filter(pk=issued.key.pk).values())
    assert secret not in repr(issued)
    assert secret not in str(list(AuditEvent.objects.values()))


def test_a_key_expires_at_its_time(acme: Organization) -> None:
    token = issue_api_key(organization=acme, kind=ApiKey.Kind.UMANIZE, expires_at=NOW).token
    assert authenticate_token(kind=ApiKey.Kind.UMANIZE, token=token, at=NOW - timedelta(seconds=1)) is not None
    assert authenticate_token(kind=ApiKey.Kind.UMANIZE, token=token, at=NOW) is None


def test_a_revoked_key_opens_nothing_from_then_on(acme: Organization) -> None:
    issued = issue_api_key(organization=acme, kind=ApiKey.Kind.UMANIZE)
    revoke_api_key(key=issued.key, at=NOW)
    revoke_api_key(key=issued.key, at=NOW + timedelta(days=1))
    assert authenticate_token(kind=ApiKey.Kind.UMANIZE, token=issued.token, at=NOW) is None
    assert ApiKey.objects.get().revoked_at == NOW
    assert AuditEvent.objects.filter(action="api_key.revoked").count() == 1


def test_a_key_of_a_deleted_organization_opens_nothing(acme: Organization) -> None:
    token = token_of(acme, ApiKey.Kind.UMANIZE)
    Organization.objects.filter(pk=acme.pk).soft_delete()
    assert authenticate_token(kind=ApiKey.Kind.UMANIZE, token=token, at=NOW) is None


def test_a_personal_token_ends_with_its_user(acme: Organization) -> None:
    user = UserFactory()
    token = issue_api_key(organization=None, kind=ApiKey.Kind.PERSONAL, user=user).token
    assert authenticate_token(kind=ApiKey.Kind.PERSONAL, token=token, at=NOW) is not None
    user.is_active = False
    user.save()
    assert authenticate_token(kind=ApiKey.Kind.PERSONAL, token=token, at=NOW) is None


def test_the_owner_of_a_programs_key_may_leave_without_stopping_the_program(acme: Organization) -> None:
    user = MembershipFactory(organization=acme).user
    token = issue_api_key(organization=acme, kind=ApiKey.Kind.UMANIZE, user=user).token
    user.is_active = False
    user.save()
    assert authenticate_token(kind=ApiKey.Kind.UMANIZE, token=token, at=NOW) is not None


def test_a_use_is_noted_at_most_once_a_minute(
    acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = token_of(acme, ApiKey.Kind.UMANIZE)
    for seconds, queries, noted in [(0, 2, 0), (59, 1, 0), (60, 2, 60)]:
        with django_assert_num_queries(queries):
            key = authenticate_token(kind=ApiKey.Kind.UMANIZE, token=token, at=NOW + timedelta(seconds=seconds))
            assert key is not None
            assert key.organization == acme
        assert ApiKey.objects.get().last_used_at == NOW + timedelta(seconds=noted)


@pytest.mark.parametrize("kind", ORGANIZATION_KINDS)
def test_a_programs_key_needs_an_organization(kind: ApiKey.Kind) -> None:
    with pytest.raises(KeyNeedsOwner):
        issue_api_key(organization=None, kind=kind, user=UserFactory())


def test_a_personal_token_needs_a_user(acme: Organization) -> None:
    with pytest.raises(KeyNeedsOwner):
        issue_api_key(organization=acme, kind=ApiKey.Kind.PERSONAL)


def test_a_key_cannot_belong_to_somebody_of_another_organization(acme: Organization, globex: Organization) -> None:
    stranger = MembershipFactory(organization=globex).user
    with pytest.raises(NotAMember):
        issue_api_key(organization=acme, kind=ApiKey.Kind.UMANIZE, user=stranger)


def test_a_superuser_needs_no_membership(acme: Organization) -> None:
    key = issue_api_key(organization=acme, kind=ApiKey.Kind.AGENTALK, user=UserFactory(is_superuser=True)).key
    assert key.organization == acme


def test_a_scope_that_does_not_exist_is_refused_by_name(acme: Organization) -> None:
    with pytest.raises(UnknownScope) as refusal:
        issue_api_key(organization=acme, kind=ApiKey.Kind.ANYREACH, scopes=["campaigns:read", "campaigns:reed"])
    assert refusal.value.scope == "campaigns:reed"
