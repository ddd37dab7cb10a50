"""Does the battery say BROKEN when something is? The faults themselves are tried in `test_seeded_bugs`."""

from __future__ import annotations

import pytest

from tests.faults import __main__ as battery
from tests.faults import suites
from tests.faults.suites import run_tests
from tests.faults.verdict import Verdict


def test_the_last_line_adds_up_what_went_well() -> None:
    rows = {"F1": Verdict(kills=3, dials=10), "F5": Verdict(dials=5)}
    result = battery.Result("ci", 0.0, rows, caught=16, planted=16)

    assert result.last_line() == "faults ok: 3 kills, 15 dials, 0 duplicates, 0 lost, 16/16 seeded bugs caught"


def test_the_last_line_names_every_promise_that_was_not_kept() -> None:
    bad = Verdict(dials=5)
    bad.require(False, "I3", 2)
    bad.require(True, "I4")
    result = battery.Result("ci", 0.0, {"F1": Verdict(), "F5": bad})

    assert result.last_line() == "faults BROKEN: F5: I3"


def test_a_fault_that_cannot_be_judged_is_a_broken_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Verdict:
        raise RuntimeError

    monkeypatch.setattr(suites, "read_hours", fail)

    assert battery.main(["--only", "F8"]) == 1


def test_a_fault_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "read_hours", Verdict)

    assert battery.main(["--only", "F8"]) == 0
    with pytest.raises(SystemExit):
        battery.main(["--only", "F8,F999"])


def test_tests_that_fail_or_are_not_there_are_no_success() -> None:
    report = run_tests("--noconftest", "tests/faults/test_nothing_of_this_name.py")

    assert not report.passed
