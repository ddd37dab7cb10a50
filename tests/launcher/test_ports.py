from __future__ import annotations

import socket
from pathlib import Path

import pytest

from launcher.errors import LaunchError
from launcher.ports import HOST, free_port, port_from_environment, usual_port


def test_a_folder_has_its_own_port_in_every_run() -> None:
    ports = [usual_port(Path("/srv") / str(number)) for number in range(50)]
    assert ports == [usual_port(Path("/srv") / str(number)) for number in range(50)]
    assert len(set(ports)) > 45
    assert all(20_000 <= port < 30_000 for port in ports)


def test_a_port_in_use_is_passed_over_unless_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) > port
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(LaunchError, match=f"port {port} is taken"):
            port_from_environment()
    assert port_from_environment() == port


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(LaunchError, match="PORT must be a number"):
        port_from_environment()
