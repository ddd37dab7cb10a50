"""What is left of a request with an Idempotency-Key when its process dies, and when fifty come at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from api.base import DialectRequest
from customers.models import Customer
from organizations.models import IdempotencyKey, Organization
from tests.api import crashing_request
from tests.api.keyed import key_of, post, view_that
from tests.connections import PATIENCE_SECONDS, run_together, start_beside

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 50
BODY = {"name": "Ada"}


@pytest.fixture
def credential(transactional_db: None) -> str:
    from tests.factories import OrganizationFactory

    organization: Organization = OrganizationFactory(slug="acme")
    return key_of(organization)


def test_fifty_at_once_have_one_effect(credential: str) -> None:
    answers = run_together(*[partial(post, credential, "k1", BODY) for _ in range(AT_ONCE)])
    done = [a for a in answers if not isinstance(a, Exception) and a.status_code == 201]
    waiting = [a for a in answers if not isinstance(a, Exception) and a.status_code == 409]
    assert len(done) + len(waiting) == AT_ONCE
    assert done
    assert {answer.content for answer in done} == {post(credential, "k1", BODY).content}
    assert sum("Idempotent-Replayed" not in answer for answer in done) == 1
    assert all("Retry-After" in answer for answer in waiting)
    assert Customer.objects.count() == 1


def test_fifty_that_take_over_a_stale_claim_have_one_effect(credential: str) -> None:
    post(credential, "k1", BODY)
    Customer.objects.all().delete()
    row = IdempotencyKey.objects.get()
    row.response_status, row.response_body, row.locked_at = None, None, row.updated_at - timedelta(minutes=2)
    row.save()
    answers = run_together(*[partial(post, credential, "k1", BODY) for _ in range(AT_ONCE)])
    assert {getattr(answer, "status_code", answer) for answer in answers} <= {201, 409}
    assert Customer.objects.count() == 1


def test_work_whose_claim_somebody_else_took_over_is_undone(credential: str) -> None:
    def taken_over(_request: DialectRequest) -> None:
        later = datetime.now(UTC)
        start_beside(lambda: IdempotencyKey.objects.update(locked_at=later)).result(PATIENCE_SECONDS)

    response = post(credential, "k1", BODY, view=view_that(taken_over))
    assert (response.status_code, response.data["detail"].code) == (409, "idempotency_key_in_use")
    assert not Customer.objects.exists()
    assert IdempotencyKey.objects.count() == 1


def send_and_die(credential: str, point: str) -> None:
    program = [sys.executable, "-m", crashing_request.__name__]
    arguments = [str(connection.settings_dict["NAME"]), credential, "k1"]
    environment = {**os.environ, "CRASH_POINTS": f"{point}:1"}
    ended = subprocess.run([*program, *arguments], capture_output=True, timeout=60, check=False, env=environment)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.parametrize("point", ["A1", "A2", "A3"])
def test_a_process_that_dies_leaves_neither_work_nor_answer(credential: str, point: str) -> None:
    send_and_die(credential, point)
    assert not Customer.objects.exists()
    assert IdempotencyKey.objects.get().response_status is None

    assert post(credential, "k1", BODY).status_code == 409  # for all anybody knows, it is still at work
    row = IdempotencyKey.objects.get()
    assert row.locked_at is not None
    IdempotencyKey.objects.update(locked_at=row.locked_at - timedelta(minutes=1))
    first, second = post(credential, "k1", BODY), post(credential, "k1", BODY)
    assert (first.status_code, second.content, second["Idempotent-Replayed"]) == (201, first.content, "true")
    assert Customer.objects.count() == 1
