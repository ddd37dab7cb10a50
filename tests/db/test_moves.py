"""The database allows the moves of the lifecycles and no other."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from campaigns.lifecycle import CAMPAIGN_LIFECYCLE
from campaigns.models import Campaign
from lib import clock
from lib.lifecycle import Lifecycle
from targets.lifecycle import ATTEMPT_LIFECYCLE, TARGET_LIFECYCLE, UNSENT_STATES
from targets.models import Attempt, AttemptEvent, CampaignTarget
from tests.factories import AttemptFactory, CampaignFactory, TargetFactory

pytestmark = pytest.mark.django_db

GUARDED: list[tuple[type[models.Model], Lifecycle]] = [
    (Campaign, CAMPAIGN_LIFECYCLE),
    (CampaignTarget, TARGET_LIFECYCLE),
    (Attempt, ATTEMPT_LIFECYCLE),
]


def campaign_fields(status: str) -> dict[str, Any]:
    return {"status": status, "start_at": clock.now()}


def target_fields(state: str) -> dict[str, Any]:
    return {"state": state, "done_reason": "decided" if state == "done" else ""}


def attempt_fields(state: str) -> dict[str, Any]:
    return {
        "state": state,
        "submit_started_at": None if state in UNSENT_STATES else clock.now(),
        "provider_id": "call-1",
    }


@pytest.mark.parametrize(("model", "lifecycle"), GUARDED)
def test_the_table_of_moves_in_sql_is_the_one_in_python(model: type[models.Model], lifecycle: Lifecycle) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        for before, after in product(sorted(lifecycle.states), repeat=2):
            cursor.execute(f"SELECT {table}_may_move(%s, %s)", [before, after])
            assert cursor.fetchone()[0] == lifecycle.allows(before, after), (before, after)


@pytest.mark.parametrize(
    ("factory", "lifecycle", "fields_of"),
    [
        (CampaignFactory, CAMPAIGN_LIFECYCLE, campaign_fields),
        (TargetFactory, TARGET_LIFECYCLE, target_fields),
        (AttemptFactory, ATTEMPT_LIFECYCLE, attempt_fields),
    ],
)
def test_an_update_makes_a_legal_move_and_is_refused_any_other(
    factory: Any, lifecycle: Lifecycle, fields_of: Any
) -> None:
    for before in sorted(lifecycle.states):
        row = factory(**fields_of(before))
        for after in sorted(lifecycle.states - {before}):
            rows = type(row)._base_manager.filter(pk=row.pk)
            with transaction.atomic():
                if lifecycle.allows(before, after):
                    assert rows.update(**fields_of(after)) == 1
                else:
                    with pytest.raises(IntegrityError, match="illegal move"), transaction.atomic():
                        rows.update(**fields_of(after))
                transaction.set_rollback(True)


def test_a_row_may_be_saved_in_the_state_it_is_in() -> None:
    campaign = CampaignFactory(status="closed")
    assert Campaign.objects.filter(pk=campaign.pk).update(status="closed", name="Renamed") == 1


def test_a_fence_never_goes_back() -> None:
    attempt = AttemptFactory(fence=5)
    assert Attempt.objects.filter(pk=attempt.pk).update(fence=6) == 1
    with pytest.raises(IntegrityError, match="fence"), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(fence=5)


def test_every_move_of_an_attempt_is_logged_once_and_nothing_else_is() -> None:
    attempt = AttemptFactory()
    rows = Attempt.objects.filter(pk=attempt.pk)
    rows.update(fence=2)
    rows.update(**attempt_fields("submitting"))
    rows.update(state="submitting", fence=3)
    rows.update(state="unknown")
    assert list(AttemptEvent.objects.order_by("id").values_list("attempt_id", "old_state", "new_state")) == [
        (attempt.pk, None, "reserved"),
        (attempt.pk, "reserved", "submitting"),
        (attempt.pk, "submitting", "unknown"),
    ]
