"""Any order of everything that can happen leaves nobody called twice, too late, too often or against their wish."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import OutboundMachine, machine_settings


def test_no_order_of_events_breaks_a_promise(
    transactional_db: None, record_property: Callable[[str, object], None]
) -> None:
    size = machine_settings()

    run_state_machine_as_test(OutboundMachine, settings=size)

    record_property("examples", size.max_examples)
    record_property("steps of each", size.stateful_step_count)
