"""Any order of everything that can happen leaves nobody called twice, too late, too often or against their wish."""

from __future__ import annotations

from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import OutboundMachine, machine_settings


def test_no_order_of_events_breaks_a_promise(transactional_db: None) -> None:
    run_state_machine_as_test(OutboundMachine, settings=machine_settings())
