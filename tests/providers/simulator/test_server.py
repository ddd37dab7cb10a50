from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from providers.simulator.log import account_label
from tests.providers.simulator.rig import KEY, NO_TLS, OTHER_KEY, account_file, rig, wait_until


def test_the_root_describes_the_simulator(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        about = it.http.get("/").json()
        assert "POST /v1/convai/twilio/outbound-call" in about["endpoints"]


def test_an_unknown_path_is_not_found(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        assert it.http.get("/v1/nothing").status_code == 404


def test_the_stats_count_calls_live_and_most_ever(tmp_path: Path) -> None:
    patient = {f"+3460000000{index}": "never_answers" for index in range(4)}
    with rig(tmp_path, time_factor=200, forced=patient) as it:
        for number, key in zip(patient, (KEY, KEY, KEY, OTHER_KEY), strict=True):
            it.dial(number, key=key)
        live = it.http.get("/simulator/stats").json()
        assert (live["placed"], live["max_live"]) == (4, 4)
        assert live["max_live_by_account"] == {account_label(KEY): 3, account_label(OTHER_KEY): 1}
        assert live["max_live_by_from"] == {"phnum_1": 4}
        it.settle()
        after = it.http.get("/simulator/stats").json()
        assert (after["live"], after["max_live"], after["webhooks_pending"]) == (0, 4, 0)
        assert after["facts"]["call_ended"] == 4


@pytest.mark.parametrize("body", ["{", "[]", '{"voice": {"before_500": 2}}', '{"nonsense": {}}'])
def test_bad_faults_are_refused_and_change_nothing(tmp_path: Path, body: str) -> None:
    with rig(tmp_path, {"voice": {"before_500": 1}}) as it:
        assert it.http.post("/simulator/faults", content=body).status_code == 400
        assert it.http.get("/simulator/faults").json()["voice"]["before_500"] == 1


def test_threads_do_not_grow_with_the_calls_in_the_air(tmp_path: Path) -> None:
    with rig(tmp_path, time_factor=1) as it:
        it.dial()
        before = threading.active_count()
        for index in range(50):
            it.dial(f"+3460000{index:04d}")
        assert it.simulator.stats()["live"] >= 50
        assert threading.active_count() == before


def test_a_body_too_large_is_not_read(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        address = httpx.URL(it.simulator.url)
        with socket.create_connection((address.host, address.port or 0)) as raw:
            raw.sendall(b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
            assert b" 413 " in raw.recv(1000)


def test_a_stopped_simulator_answers_nobody(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        url = it.simulator.url
        assert it.http.get("/").is_success
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, verify=NO_TLS)


PROGRAM = """
import sys
from pathlib import Path
from providers.simulator import SimulatorConfig, run_simulator
log, accounts, port = sys.argv[1:]
run_simulator(SimulatorConfig(log_path=Path(log), accounts_path=Path(accounts), port=int(port), time_factor=1))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_calls_in_the_air(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "accounts.json").write_text(json.dumps(account_file("http://127.0.0.1:1")))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [str(tmp_path / "facts.jsonl"), str(tmp_path / "accounts.json"), str(port)]
    with (
        subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], env={**os.environ}) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=NO_TLS) as http,
    ):
        wait_until(lambda: answers(http))
        body = {"agent_id": "a", "agent_phone_number_id": "p", "to_number": "+34600000001"}
        assert http.post("/v1/convai/twilio/outbound-call", json=body, headers={"xi-api-key": KEY}).is_success
        process.send_signal(number)
        assert process.wait(5) == 0


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/").is_success
    except httpx.TransportError:
        return False
