"""What an operator is told before people notice it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from config.celery_settings import QUEUES, SCHEDULE
from lib import clock
from organizations.models import SystemFlag
from organizations.switches import set_dialing
from targets.alerts import check_alerts, note_heartbeat, standing_alerts
from targets.models import Attempt, ReviewItem
from targets.tasks import note_heartbeat as heartbeat_task
from tests.factories import AttemptFactory, CampaignFactory, TargetFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def workers() -> Iterator[None]:
    """Have a worker on every queue."""
    for queue in QUEUES:
        note_heartbeat(queue)
    yield


def told() -> dict[str, str]:
    return {alert.name: alert.words for alert in check_alerts()}


def ended(number: int, **fields: object) -> None:
    sent: dict[str, object] = {"submit_started_at": clock.now(), "ended_at": clock.now(), "state": "failed"}
    for _ in range(number):
        AttemptFactory(**{**sent, "result_source": "webhook", **fields})


def test_nothing_is_told_while_all_is_well() -> None:
    ended(5)
    TargetFactory(campaign__status="running", next_attempt_at=clock.now() + timedelta(hours=1))
    assert told() == {}


def test_calls_in_doubt_are_told_with_their_number() -> None:
    ended(3)
    ended(2, state="gave_up")
    assert told() == {}
    ended(1, state="failed", error_code="in_doubt")
    assert told() == {"unknown": "3 of the latest 6 calls were in doubt"}


def test_results_that_had_to_be_asked_for_are_told() -> None:
    ended(4)
    ended(3, result_source="poll")
    assert told() == {"polled": "3 of the latest 7 results had to be asked for: webhooks are missing"}


def test_somebody_passed_by_with_a_free_line_is_told_and_with_none_is_not() -> None:
    campaign = CampaignFactory(status="running")
    TargetFactory(campaign=campaign, next_attempt_at=clock.now() - timedelta(minutes=5, seconds=2))
    assert told() == {"neglected": "somebody has been due for 5 min with a free line in 1 queue(s)"}

    campaign.organization.concurrency_limit = 1
    campaign.organization.save()
    AttemptFactory(target__campaign=campaign, target__state="contacting")
    assert told() == {}


def test_nobody_is_passed_by_while_dialing_is_stopped() -> None:
    TargetFactory(campaign__status="running", next_attempt_at=clock.now() - timedelta(minutes=5))
    set_dialing(value="stopped", reason="drill")
    assert told() == {}


def test_a_queue_nobody_serves_is_told() -> None:
    SystemFlag.objects.filter(key="heartbeat:bulk").delete()
    SystemFlag.objects.filter(key="heartbeat:dial").update(changed_at=datetime.now(UTC) - timedelta(minutes=3))
    assert set(told()) == {"silent.bulk", "silent.dial"}
    heartbeat_task("bulk")
    note_heartbeat("dial")
    assert told() == {}


def test_every_queue_has_a_heartbeat_in_the_schedule() -> None:
    beats = [entry for entry in SCHEDULE.values() if entry["task"] == "targets.note_heartbeat"]
    assert {entry["options"]["queue"] for entry in beats} == set(QUEUES)
    assert all(entry["args"] == [entry["options"]["queue"]] for entry in beats)


def test_questions_that_wait_too_long_are_told() -> None:
    target = TargetFactory(state="review", next_attempt_at=None)
    item = ReviewItem.objects.create(organization=target.organization, target=target, kind="unclear_goal")
    assert told() == {}
    ReviewItem.objects.filter(pk=item.pk).update(created_at=clock.now() - timedelta(hours=2))
    assert told() == {"reviews": "1 questions wait for a person, the oldest for over an hour"}


def test_the_home_page_shows_to_superusers_what_stands_and_no_longer_what_is_over() -> None:
    root, other = Client(), Client()
    root.force_login(UserFactory(is_staff=True, is_superuser=True))
    other.force_login(UserFactory(is_staff=True))
    ended(3, state="gave_up")
    check_alerts()
    assert "3 of the latest 3 calls were in doubt" in root.get("/admin/").content.decode()
    assert "were in doubt" not in other.get("/admin/").content.decode()

    Attempt.objects.all().delete()
    check_alerts()
    assert standing_alerts() == []
    assert "were in doubt" not in root.get("/admin/").content.decode()
