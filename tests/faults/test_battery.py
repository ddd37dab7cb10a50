"""The short form of the battery, on a running system of its own. `make faults` is the long one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launcher.paths import CHECKOUT
from tests.faults.sizes import SIZES
from tests.faults.suites import own_environment
from tests.parallel import alone

SHORT = SIZES["short"]

# The first test waits for all other tests, and then for all faults.
pytestmark = [pytest.mark.battery, pytest.mark.timeout(7200)]


@pytest.fixture(scope="module", name="figures")
def figures_fixture(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run all faults of the short form, which count seconds; return what the command wrote."""
    path: Path = tmp_path_factory.mktemp("faults") / "figures.json"
    program = [sys.executable, "-m", "tests.faults", "--size", SHORT.name, "--json", str(path)]
    with alone(pytestconfig):
        subprocess.run(program, cwd=CHECKOUT, env=own_environment(), check=False)
    figures: dict[str, Any] = json.loads(path.read_text())
    return figures


@pytest.mark.parametrize("fault", SHORT.faults)
def test_every_promise_is_kept_under(fault: str, figures: dict[str, Any]) -> None:
    row = figures["rows"][fault]
    assert (row["broken"], row["duplicates"], row["lost"]) == ({}, 0, 0)
    assert row["dials"] > 0
