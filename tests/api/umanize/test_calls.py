from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from organizations.models import Organization, Role
from targets.lifecycle import AttemptState
from targets.models import Attempt
from tests.api.umanize.client import Client, client_of, token_of, user_of
from tests.factories import AttemptFactory, CampaignFactory, CustomerFactory, TargetFactory

pytestmark = pytest.mark.django_db


def make(organization: Organization, **fields: Any) -> Attempt:
    customer = CustomerFactory(organization=organization, **fields.pop("customer", {}))
    target = TargetFactory(
        campaign=fields.pop("campaign", None) or CampaignFactory(organization=organization), customer=customer
    )
    sent = {"submit_started_at": datetime.now(UTC), "provider_id": str(uuid4())} if fields.get("state") else {}
    attempt: Attempt = AttemptFactory(target=target, **{**sent, **fields})
    return attempt


def ids(client: Client, **params: Any) -> set[str]:
    return {row["attempt"]["id"] for row in client.get("/calls", **params).json()["data"]}


def test_a_call_comes_with_whom_it_was_for_and_its_campaign(client_of_acme: Client, acme: Organization) -> None:
    attempt = make(acme, state="completed", outcome="answered", duration_seconds=42)
    (row,) = client_of_acme.get("/calls").json()["data"]
    assert row.keys() == {"attempt", "customer", "campaigns"}
    assert (row["attempt"]["status"], row["attempt"]["outcome"]) == ("completed", "answered")
    assert (row["attempt"]["duration_seconds"], row["attempt"]["phone"]) == (42, attempt.address)
    assert row["customer"]["id"] == str(attempt.customer_id)
    assert row["campaigns"] == [{"id": str(attempt.campaign_id), "name": attempt.campaign.name, "status": "draft"}]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("reserved", "pending"),
        ("submitting", "in_progress"),
        ("unknown", "in_progress"),
        ("accepted", "in_progress"),
        ("completed", "completed"),
        ("failed", "failed"),
        ("rejected", "failed"),
        ("gave_up", "failed"),
        ("released", "canceled"),
        ("not_placed", "canceled"),
    ],
)
def test_every_state_has_a_word_that_finds_it(
    client_of_acme: Client, acme: Organization, state: str, word: str
) -> None:
    unsent = state in ("reserved", "released")
    times = {"submit_started_at": None, "provider_id": ""} if unsent else {}
    attempt = make(acme, state=state, **times)
    assert client_of_acme.get("/calls").json()["data"][0]["attempt"]["status"] == word
    assert ids(client_of_acme, status=f"{word},pending") == {str(attempt.pk)}
    others = ",".join({"pending", "in_progress", "completed", "failed", "canceled"} - {word})
    assert ids(client_of_acme, status=others) == set()


def test_no_state_is_without_a_word() -> None:
    from api.umanize.filtersets import CALL_WORDS

    assert CALL_WORDS.keys() == set(AttemptState)


def test_calls_are_filtered_by_what_is_asked(client_of_acme: Client, acme: Organization) -> None:
    busy = make(acme, state="completed", outcome="busy", customer={"name": "Ada"})
    answered = make(acme, state="completed", outcome="answered", customer={"name": "Bo"})
    running = make(acme, state="accepted")
    assert ids(client_of_acme, outcome="busy") == {str(busy.pk)}
    assert ids(client_of_acme, outcome="busy, answered") == {str(busy.pk), str(answered.pk)}
    assert ids(client_of_acme, outcome="null") == {str(running.pk)}
    assert ids(client_of_acme, q="ada") == {str(busy.pk)}
    assert ids(client_of_acme, customer_id=str(answered.customer_id)) == {str(answered.pk)}
    both = f"{busy.campaign_id},{running.campaign_id}"
    assert ids(client_of_acme, campaign_id=both) == {str(busy.pk), str(running.pk)}
    assert ids(client_of_acme, date_to="2020-01-01") == set()
    query = client_of_acme.get("/calls", outcome="busy,answered", date_from="2020-01-01").json()["query"]
    assert query["filters"] == {"outcome": ["busy", "answered"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "ringing"), ("outcome", "good"), ("campaign_id", "x"), ("customer_id", "x"), ("sort_field", "address")],
)
def test_a_wrong_parameter_is_located(client_of_acme: Client, name: str, value: str) -> None:
    response = client_of_acme.get("/calls", **{name: value})
    assert response.json()["detail"][0]["loc"] == ["query", name]


def test_messages_and_other_tenants_calls_are_not_listed(
    client_of_acme: Client, acme: Organization, globex: Organization
) -> None:
    make(acme, channel="whatsapp")
    theirs = make(globex)
    assert ids(client_of_acme) == set()
    assert ids(client_of_acme, campaign_id=str(theirs.campaign_id)) == set()
    assert ids(client_of_acme, customer_id=str(theirs.customer_id)) == set()


def test_who_is_no_admin_sees_the_calls_of_their_own_campaigns(acme: Organization) -> None:
    user = user_of(acme, Role.OPERATOR)
    mine = make(acme, campaign=CampaignFactory(organization=acme, owner=user))
    make(acme)
    assert ids(Client(token_of(acme, user))) == {str(mine.pk)}
    assert len(ids(client_of(acme, role=Role.ADMIN))) == 2


def test_the_total_never_stops_somebody_from_reading_on(
    client_of_acme: Client, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.umanize.pagination.MOST_COUNTED", 3)
    for _ in range(7):
        make(acme)
    seen: set[str] = set()
    offset = 0
    while True:
        page = client_of_acme.get("/calls", limit=2, offset=offset).json()
        seen |= {row["attempt"]["id"] for row in page["data"]}
        offset += 2
        if offset >= page["meta"]["total"]:
            break
    assert len(seen) == page["meta"]["total"] == 7


def test_a_page_costs_the_same_queries_however_many_rows(
    client_of_acme: Client, acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make(acme)
    client_of_acme.get("/calls")
    for _ in range(2):
        with django_assert_num_queries(3):  # key, page, count
            client_of_acme.get("/calls")
        make(acme)
