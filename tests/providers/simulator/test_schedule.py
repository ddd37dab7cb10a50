from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Event, get_ident
from time import monotonic

import pytest

from providers.simulator.schedule import Schedule


@pytest.fixture(name="schedule")
def schedule_fixture() -> Iterator[Schedule]:
    it = Schedule()
    it.start()
    yield it
    it.stop()


def test_actions_run_in_the_order_of_their_times_in_one_thread(schedule: Schedule) -> None:
    ran: list[tuple[str, int]] = []
    over = Event()
    schedule.after(0.06, over.set)
    for name, seconds in (("late", 0.04), ("early", 0.01), ("middle", 0.02)):
        schedule.after(seconds, lambda name=name: ran.append((name, get_ident())))  # type: ignore[misc]  # bound early
    assert over.wait(2)
    assert [name for name, _ in ran] == ["early", "middle", "late"]
    assert len({thread for _, thread in ran}) == 1


def test_an_action_does_not_run_before_its_time(schedule: Schedule) -> None:
    started, over = monotonic(), Event()
    schedule.after(0.05, over.set)
    assert over.wait(2)
    assert monotonic() - started >= 0.05


def test_a_failing_action_does_not_end_the_others(schedule: Schedule, caplog: pytest.LogCaptureFixture) -> None:
    over = Event()
    with caplog.at_level(logging.ERROR):
        schedule.after(0, lambda: [].pop())
        schedule.after(0.01, over.set)
        assert over.wait(2)
    assert "IndexError" in caplog.text


def test_an_action_under_way_still_counts(schedule: Schedule) -> None:
    entered, release = Event(), Event()

    def act() -> None:
        entered.set()
        release.wait(2)

    schedule.after(0, act)
    assert entered.wait(2)
    assert schedule.size == 1
    release.set()


def test_what_is_due_after_the_stop_never_runs() -> None:
    schedule, ran = Schedule(), Event()
    schedule.start()
    schedule.after(0.05, ran.set)
    schedule.stop()
    assert not ran.wait(0.1)
