from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from psycopg.types.range import TimestamptzRange

from campaigns.counters import read_counters
from campaigns.models import Campaign
from customers.models import DialLedger
from customers.suppressions import record_dial, suppress
from lib import clock
from lib.ids import new_id
from organizations.models import AuditEvent, Organization
from targets.exceptions import AttemptsUnderWay, TargetNotFound
from targets.models import Attempt, CampaignTarget, Conversation, Verification
from targets.removal import purge_target, remove_target, restore_target
from tests.db.traffic import counted_anew
from tests.factories import AttemptFactory, CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(acme: Organization) -> CampaignTarget:
    made: CampaignTarget = TargetFactory(campaign=CampaignFactory(organization=acme))
    return made


def called(target: CampaignTarget, **fields: Any) -> Attempt:
    """A call that is over, with what was said and the ledger's line of it."""
    at = clock.now() - timedelta(hours=2)
    over = {"state": "completed", "outcome": "answered", "provider_id": str(new_id()), "submit_started_at": at}
    quiet = TimestamptzRange(at, at + timedelta(minutes=10))
    attempt: Attempt = AttemptFactory(target=target, **{**over, "ended_at": at, "quiet": quiet, **fields})
    Conversation.objects.create(organization=target.organization, attempt=attempt, turns=[])
    record_dial(
        organization_id=target.organization_id, attempt_id=attempt.pk, channel="call", address=attempt.address, at=at
    )
    return attempt


def test_a_removed_target_is_hidden_and_can_come_back_as_it_was(target: CampaignTarget) -> None:
    remove_target(target=target)
    assert not CampaignTarget.objects.filter(pk=target.pk).exists()
    assert restore_target(target=target).next_attempt_at == target.next_attempt_at
    assert [event.action for event in AuditEvent.objects.order_by("at")] == ["target.removed", "target.restored"]


def test_who_is_removed_gives_a_reserved_attempt_back(target: CampaignTarget) -> None:
    CampaignTarget.objects.filter(pk=target.pk).update(state="contacting")
    attempt = AttemptFactory(target=target)
    remove_target(target=target)
    attempt.refresh_from_db()
    target.refresh_from_db()
    assert (attempt.state, target.state) == ("released", "ready")


def test_removing_and_restoring_twice_is_refused(target: CampaignTarget) -> None:
    with pytest.raises(TargetNotFound):
        restore_target(target=target)
    remove_target(target=target)
    with pytest.raises(TargetNotFound):
        remove_target(target=target)


def test_who_opted_out_meanwhile_comes_back_suppressed(target: CampaignTarget) -> None:
    remove_target(target=target)
    suppress(organization=target.organization, address=target.customer.phones[0], source="api")
    assert restore_target(target=target).state == "suppressed"


def test_a_purge_leaves_nothing_but_the_ledger(target: CampaignTarget) -> None:
    campaign: Campaign = target.campaign
    called(target)
    Verification.objects.create(organization=target.organization, target=target, analyzer="x", analyzer_version="1")
    purge_target(target=target)
    for model in (Attempt, Conversation, Verification):
        assert not model.objects.exists()
    assert not CampaignTarget.all_objects.exists()
    assert DialLedger.objects.count() == 1
    assert read_counters([campaign.pk])[campaign.pk] == counted_anew(campaign) == {}
    with pytest.raises(TargetNotFound):
        purge_target(target=target)


def test_a_removed_target_can_be_purged_too(target: CampaignTarget) -> None:
    remove_target(target=target)
    purge_target(target=target)
    assert not CampaignTarget.all_objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "accepted", "outcome": "", "ended_at": None},
        {"state": "unknown", "outcome": "", "ended_at": None},
        {"quiet": TimestamptzRange(clock.now(), clock.now() + timedelta(days=1))},
    ],
)
def test_nothing_is_purged_while_a_contact_is_under_way_or_a_moment_old(
    target: CampaignTarget, fields: dict[str, Any]
) -> None:
    called(target, **fields)
    with pytest.raises(AttemptsUnderWay):
        purge_target(target=target)
    assert Attempt.objects.count() == 1
