from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from providers.simulator import Faults, SimulatorConfig


def test_a_config_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    paths: dict[str, Any] = {"log_path": tmp_path / "log", "accounts_path": tmp_path / "accounts"}
    with pytest.raises(ValueError, match="time_factor"):
        SimulatorConfig(**paths, time_factor=0)
    with pytest.raises(ValueError, match="no such persona: nobody"):
        SimulatorConfig(**paths, forced={"+34600000001": "nobody"})
    assert SimulatorConfig(**paths).faults == Faults()
