"""The parts of the battery that need no running system: they are tests, run by pytest, and counted from its report."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from launcher.paths import CHECKOUT
from tests.faults.verdict import Verdict

_CAUGHT = "test_a_seeded_bug_is_caught"
# What the servers of a test session are found by: each session is to have its own.
_OURS = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DJANGO_SETTINGS_MODULE")


@dataclass(frozen=True)
class Report:
    """What pytest said: names of tests that passed and did not, and the properties they recorded."""

    passed: Sequence[str]
    failed: Sequence[str]
    properties: dict[str, str]


def own_environment() -> dict[str, str]:
    """Return this process's environment without what leads to somebody's servers and keys, or makes it a worker."""
    return {name: value for name, value in os.environ.items() if name not in _OURS and "XDIST" not in name}


def run_tests(*arguments: str, **variables: str) -> Report:
    """Run these tests in a process of their own, with `variables` set; what it says of failures goes to stderr."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--timeout=600", f"--junitxml={path}", *arguments],
            cwd=CHECKOUT,
            env=own_environment() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:  # how to repeat a failure of drawn examples stands nowhere else
            sys.stderr.write(done.stdout)
        if not path.exists():
            return Report([], [f"pytest {' '.join(arguments)}"], {})
        cases = list(ElementTree.parse(path).iter("testcase"))  # noqa: S314 - our own pytest wrote it
    bad = [case for case in cases if any(child.tag in ("failure", "error", "skipped") for child in case)]
    properties = {str(each.get("name")): str(each.get("value")) for case in cases for each in case.iter("property")}
    return Report([_name(case) for case in cases if case not in bad], [_name(case) for case in bad], properties)


def _name(case: ElementTree.Element) -> str:
    return str(case.get("name"))


def read_hours() -> Verdict:
    """F8: every zone around every change of time, against a reader of time-zone files that shares nothing with ours."""
    report = run_tests("tests/lib/test_zone_changes.py", "tests/lib/test_windows_oracle.py")
    verdict = Verdict()
    instants = int(report.properties.get("instants", "0"))
    verdict.require(not report.failed, f"tests: {', '.join(report.failed)}", len(report.failed))
    verdict.require(instants >= 500_000, "fewer than 500,000 instants compared")
    verdict.figures["instants compared"] = f"{instants:,}"
    return verdict


def plant_bugs() -> tuple[Verdict, int, int]:
    """F24: every seeded bug must be caught, and the engine as it is gives no cause. Also returns both numbers."""
    report = run_tests("tests/faults/test_seeded_bugs.py")
    caught = sum(name.startswith(_CAUGHT) for name in report.passed)
    planted = caught + sum(name.startswith(_CAUGHT) for name in report.failed)
    verdict = Verdict()
    verdict.require(not report.failed, f"tests: {', '.join(report.failed)}", len(report.failed))
    verdict.require(planted >= 10, f"only {planted} bugs were planted")
    verdict.figures["caught"] = f"{caught} of {planted}"
    verdict.figures["clean"] = f"{len(report.passed) - caught} scenarios"
    return verdict, caught, planted


def walk_at_random(machine_size: str) -> Verdict:
    """F16: sequences of everything that may happen, drawn by Hypothesis, with the invariants after every step."""
    report = run_tests("tests/faults/test_machine.py", "--timeout=0", MACHINE_SIZE=machine_size)
    verdict = Verdict()
    verdict.require(not report.failed, f"tests: {', '.join(report.failed)}", len(report.failed))
    verdict.require(bool(report.passed), "no test was run")
    verdict.figures.update(report.properties)
    return verdict
