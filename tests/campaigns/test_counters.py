from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from campaigns.counters import fold_counters, read_counters
from campaigns.models import Counter, CounterDelta
from campaigns.tasks import fold_pending_counters
from lib.ids import new_id
from tests.connections import PATIENCE_SECONDS, run_together, start_beside

ONE, OTHER = new_id(), new_id()


def add(campaign_id: UUID, **deltas: int) -> None:
    CounterDelta.objects.bulk_create(
        CounterDelta(campaign_id=campaign_id, name=name, delta=delta) for name, delta in deltas.items()
    )


@pytest.mark.django_db
def test_a_counter_is_what_was_folded_plus_what_was_not() -> None:
    add(ONE, targets=5, calls=1)
    fold_counters()
    add(ONE, targets=-2)
    add(OTHER, targets=7)
    assert read_counters([ONE, OTHER]) == {ONE: {"targets": 3, "calls": 1}, OTHER: {"targets": 7}}


@pytest.mark.django_db
def test_a_campaign_nothing_is_known_of_has_no_counters() -> None:
    assert read_counters([ONE]) == {ONE: {}}
    assert read_counters([]) == {}


@pytest.mark.django_db
def test_a_counter_that_is_back_at_zero_is_left_out() -> None:
    add(ONE, targets=1)
    add(ONE, targets=-1)
    assert read_counters([ONE]) == {ONE: {}}
    fold_counters()
    assert read_counters([ONE]) == {ONE: {}}


@pytest.mark.django_db
def test_a_page_of_campaigns_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    campaigns = [new_id() for _ in range(50)]
    for campaign_id in campaigns:
        add(campaign_id, targets=1)
    with django_assert_num_queries(1):
        assert set(read_counters(iter(campaigns))) == set(campaigns)


@pytest.mark.django_db
def test_folding_takes_the_oldest_deltas_first_and_at_most_a_batch() -> None:
    for _ in range(5):
        add(ONE, targets=1)
    assert fold_counters(batch=3) == 3
    assert Counter.objects.get(campaign_id=ONE).value == 3
    assert CounterDelta.objects.count() == 2
    assert read_counters([ONE]) == {ONE: {"targets": 5}}
    assert (fold_counters(batch=3), fold_counters(batch=3)) == (2, 0)


@pytest.mark.django_db
def test_the_task_folds_everything_there_is() -> None:
    for _ in range(3):
        add(ONE, targets=1)
    fold_pending_counters()
    assert not CounterDelta.objects.exists()
    assert read_counters([ONE]) == {ONE: {"targets": 3}}


@pytest.mark.django_db(transaction=True)
def test_a_second_copy_leaves_the_folding_to_the_first() -> None:
    add(ONE, targets=1)
    with transaction.atomic():
        assert fold_counters() == 1
        assert start_beside(fold_counters).result(PATIENCE_SECONDS) == 0
    assert read_counters([ONE]) == {ONE: {"targets": 1}}


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_sees_half_of_a_fold() -> None:
    for _ in range(200):
        add(ONE, targets=1)

    def read_often() -> set[int]:
        return {read_counters([ONE])[ONE]["targets"] for _ in range(200)}

    def fold_slowly() -> set[int]:
        return {200 for _ in range(100) if fold_counters(batch=2)}

    assert run_together(read_often, fold_slowly) == [{200}, {200}]


@pytest.mark.django_db(transaction=True)
def test_no_delta_is_lost_or_counted_twice_while_copies_fold_and_writers_write() -> None:
    def write() -> int:
        for _ in range(100):
            add(ONE, targets=1)
        return 0

    def fold() -> int:
        return sum(fold_counters(batch=7) for _ in range(100))

    results = run_together(write, write, fold, fold)
    folded = sum(result for result in results if isinstance(result, int))
    assert 0 < folded == Counter.objects.get(campaign_id=ONE, name="targets").value
    assert folded + CounterDelta.objects.count() == 200
    assert read_counters([ONE]) == {ONE: {"targets": 200}}
