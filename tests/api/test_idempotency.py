"""A POST with an Idempotency-Key has one effect and one answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import Http404
from rest_framework.exceptions import APIException, PermissionDenied, Throttled, ValidationError
from rest_framework.response import Response

from api.base import DialectRequest
from customers.models import Customer
from lib.crypto import SecretBox
from organizations.models import IdempotencyKey, Organization
from organizations.services.idempotency import delete_expired_keys
from tests.api.keyed import key_of, post, view_that
from tests.api.umanize.client import client_of

pytestmark = pytest.mark.django_db

BODY = {"name": "Ada"}
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def credential(acme: Organization) -> str:
    return key_of(acme)


def refuse_with(error: Exception) -> Callable[[DialectRequest], Response]:
    def refuse(_request: DialectRequest) -> Response:
        raise error

    return refuse


def age(key: str, by: timedelta) -> None:
    """Let time pass for a key."""
    row = IdempotencyKey.objects.get(key=key)
    row.expires_at -= by
    row.locked_at = row.locked_at and row.locked_at - by
    row.save()


def test_a_repetition_is_answered_byte_by_byte_as_the_first_and_does_nothing(credential: str) -> None:
    first, second = post(credential, "k1", BODY), post(credential, "k1", BODY)
    assert (first.status_code, first["Content-Type"]) == (201, "application/json")
    assert (second.status_code, second["Content-Type"], second.content) == (201, "application/json", first.content)
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_without_a_key_every_request_does_its_work(credential: str) -> None:
    post(credential, None, BODY)
    post(credential, None, BODY)
    assert (Customer.objects.count(), IdempotencyKey.objects.count()) == (2, 0)


def test_json_is_the_same_however_it_is_written(credential: str) -> None:
    first = post(credential, "k1", b'{"name":"Ada","age":3}')
    second = post(credential, "k1", b'{ "age": 3,\n"name": "\\u0041da" }')
    assert second.content == first.content


@pytest.mark.parametrize(
    ("body", "path"),
    [({"name": "Bob"}, "/things"), ({}, "/things"), (BODY, "/others"), (BODY, "/things?loudly=1"), ([], "/things")],
)
def test_a_key_stands_for_one_request(credential: str, body: Any, path: str) -> None:
    post(credential, "k1", BODY)
    response = post(credential, "k1", body, path=path)
    assert (response.status_code, response.data["detail"].code) == (422, "idempotency_key_reused")
    assert Customer.objects.count() == 1


def test_a_get_may_carry_a_key_and_nothing_is_kept_of_it(credential: str) -> None:
    from django.test import RequestFactory

    asked = RequestFactory().get("/things", headers={"X-Key": credential, "Idempotency-Key": "k1"})
    assert view_that()(asked).status_code == 200
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "a\tb", "\x00", "caf\xe9", "a\x7f", " a", "a\n"])
def test_what_is_no_key_is_refused(credential: str, key: str) -> None:
    response = post(credential, key, BODY)
    assert (response.status_code, response.data["detail"].code) == (400, "idempotency_key_malformed")
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "key", ["a", "a" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a key, of words; and=signs"]
)
def test_a_key_is_any_visible_text(credential: str, key: str) -> None:
    first, second = post(credential, key, BODY), post(credential, key, BODY)
    assert (second.content, second["Idempotent-Replayed"]) == (first.content, "true")


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValidationError({"name": ["no"]}), 400), (PermissionDenied(), 403), (Http404(), 404)],
)
def test_a_lasting_refusal_is_kept_and_what_was_done_is_undone(credential: str, error: Exception, status: int) -> None:
    first = post(credential, "k1", BODY, view=view_that(refuse_with(error)))
    second = post(credential, "k1", BODY)
    assert (first.status_code, second.status_code, second.content) == (status, status, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert not Customer.objects.exists()


class Conflict(APIException):
    status_code = 409


@pytest.mark.parametrize(("error", "status"), [(Conflict(), 409), (Throttled(3), 429), (APIException(), 500)])
def test_an_answer_that_asks_to_try_again_is_not_kept(credential: str, error: Exception, status: int) -> None:
    assert post(credential, "k1", BODY, view=view_that(refuse_with(error))).status_code == status
    assert not Customer.objects.exists()
    second = post(credential, "k1", BODY)
    assert (second.status_code, "Idempotent-Replayed" in second) == (201, False)


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), OperationalError("the database is away")])
def test_a_fault_frees_the_key(credential: str, error: Exception) -> None:
    with pytest.raises(type(error)):
        post(credential, "k1", BODY, view=view_that(refuse_with(error)))
    assert not Customer.objects.exists()
    assert post(credential, "k1", BODY).status_code == 201


def test_a_second_request_waits_for_the_first(credential: str) -> None:
    inner: list[Any] = []

    def meanwhile(_request: DialectRequest) -> None:
        inner.append(post(credential, "k1", BODY))

    assert post(credential, "k1", BODY, view=view_that(meanwhile)).status_code == 201
    (second,) = inner
    assert (second.status_code, second.data["detail"].code) == (409, "idempotency_key_in_use")
    assert int(second["Retry-After"]) > 0
    assert Customer.objects.count() == 1


def claimed_by_the_dead(credential: str) -> None:
    """Leave a key claimed by somebody who will never answer."""
    post(credential, "k1", BODY)
    Customer.objects.all().delete()
    IdempotencyKey.objects.update(response_status=None, response_body=None, locked_at=datetime.now(UTC))


def test_a_stale_claim_is_taken_over_and_a_fresh_one_is_not(credential: str) -> None:
    claimed_by_the_dead(credential)
    age("k1", MINUTE - timedelta(seconds=10))
    assert post(credential, "k1", BODY).status_code == 409
    age("k1", timedelta(seconds=11))
    assert post(credential, "k1", BODY).status_code == 201
    assert post(credential, "k1", BODY)["Idempotent-Replayed"] == "true"


def test_a_stale_claim_is_not_another_request_s(credential: str) -> None:
    claimed_by_the_dead(credential)
    age("k1", 2 * MINUTE)
    assert post(credential, "k1", {"name": "Bob"}).status_code == 422


def test_a_key_is_free_again_after_a_day(credential: str) -> None:
    first = post(credential, "k1", BODY)
    age("k1", DAY - MINUTE)
    assert post(credential, "k1", BODY).content == first.content
    age("k1", MINUTE)
    assert post(credential, "k1", {"name": "Bob"}).status_code == 201


def test_expired_keys_are_deleted_and_no_others(credential: str) -> None:
    post(credential, "old", BODY)
    post(credential, "new", BODY)
    age("old", DAY)
    assert delete_expired_keys() == 1
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]
    assert delete_expired_keys() == 0


def test_other_tenants_credentials_and_dialects_have_keys_of_their_own(
    acme: Organization, globex: Organization
) -> None:
    ours, another, theirs = key_of(acme), key_of(acme), key_of(globex)
    answers = {post(credential, "k1", BODY).content for credential in (ours, another, theirs)}
    other_dialect = view_that(__module__="api.elsewhere.views")
    answers.add(post(ours, "k1", BODY, view=other_dialect).content)
    assert len(answers) == 4
    assert set(Customer.objects.values_list("organization__slug", flat=True)) == {"acme", "globex"}


def test_the_answer_is_kept_encrypted(credential: str) -> None:
    post(credential, "k1", BODY)
    row = IdempotencyKey.objects.get()
    assert row.response_body is not None
    assert b"Ada" not in bytes(row.response_body)
    assert "Ada" not in f"{row.path}{row.request_hash}{row.key}{row.credential}"


def test_an_answer_that_cannot_be_read_any_more_is_not_worked_out_again(credential: str, settings: Any) -> None:
    post(credential, "k1", BODY)
    settings.FIELD_ENCRYPTION_KEYS = [SecretBox.new_key()]
    assert post(credential, "k1", BODY).status_code == 422
    assert Customer.objects.count() == 1


def upload(content: bytes, **fields: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("people.csv", content), **fields}


def test_an_upload_is_known_by_the_bytes_of_its_file(credential: str) -> None:
    first = post(credential, "k1", upload(b"a,b\n1,2", mode="x"))
    again = post(credential, "k1", upload(b"a,b\n1,2", mode="x"))
    assert (first.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert post(credential, "k1", upload(b"a,b\n1,3", mode="x")).status_code == 422
    assert post(credential, "k1", upload(b"a,b\n1,2", mode="y")).status_code == 422


def test_a_file_is_still_whole_when_the_work_reads_it(credential: str) -> None:
    read: list[bytes] = []

    def reading(request: DialectRequest) -> None:
        data: Any = request.data
        read.append(data["file"].read())

    post(credential, "k1", upload(b"a,b\n1,2"), view=view_that(reading))
    assert read == [b"a,b\n1,2"]


def test_work_that_leaves_the_database_is_not_one_transaction_with_its_answer(credential: str) -> None:
    from django.db import connection

    depths: list[int] = []

    def look(_request: DialectRequest) -> None:
        depths.append(len(connection.savepoint_ids))

    post(credential, "together", BODY, view=view_that(look))
    first = post(credential, "apart", BODY, view=view_that(look, leaves_the_database=True))
    assert depths[0] == depths[1] + 1
    assert post(credential, "apart", BODY).content == first.content


def test_a_dialect_replays_and_refuses_in_its_own_shape(acme: Organization) -> None:
    client = client_of(acme)  # checks the shapes of all answers

    def ask(body: bytes) -> Any:
        return client.send("POST", "/customers", body, headers={"Idempotency-Key": "k1"})

    first, second, other = ask(b'{"name": "Ada"}'), ask(b'{"name": "Ada"}'), ask(b'{"name": "Bob"}')
    assert (first.status_code, second.content, second["Idempotent-Replayed"]) == (201, first.content, "true")
    assert (other.status_code, other.json()["detail"][0]["loc"]) == (422, ["header", "Idempotency-Key"])
    assert client.send("POST", "/customers", b"{}", headers={"Idempotency-Key": ""}).status_code == 400
