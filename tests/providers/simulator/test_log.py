from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib import clock
from lib.clock import SimulatedClock
from providers.simulator.log import FactLog, account_label, read_facts


@pytest.fixture(name="in_2030")
def in_2030_fixture() -> Iterator[None]:
    clock.install(SimulatedClock(datetime.now(UTC), datetime(2030, 1, 1, tzinfo=UTC), 1.0))
    yield
    clock.install(None)


def test_a_fact_has_the_business_time_and_the_machines(tmp_path: Path, in_2030: None) -> None:
    log = FactLog(tmp_path / "sub" / "facts.jsonl")
    log.write("call_placed", to="+34600000001", note="¿Qué?")
    log.close()
    (fact,) = read_facts(tmp_path / "sub" / "facts.jsonl")
    assert (fact["fact"], fact["to"], fact["note"]) == ("call_placed", "+34600000001", "¿Qué?")
    assert datetime.fromisoformat(fact["at"]).year == 2030
    assert abs((datetime.fromisoformat(fact["real_at"]) - datetime.now(UTC)).total_seconds()) < 10


WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from providers.simulator.log import FactLog
log = FactLog(Path(sys.argv[1]))
for number in range(300):
    log.write(sys.argv[2], number=number, filling="x" * 500)
os.kill(os.getpid(), 9)
"""


def test_processes_share_a_log_and_a_killed_one_tears_no_line(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", WRITE_AND_DIE, str(path), name]) for name in ("one", "two")]
    assert {writer.wait(20) for writer in writers} == {-9}
    for name in ("one", "two"):
        assert [fact["number"] for fact in read_facts(path, name)] == list(range(300))


def test_only_the_facts_asked_for_are_read(tmp_path: Path) -> None:
    log = FactLog(tmp_path / "facts.jsonl")
    for fact in ("a", "b", "a"):
        log.write(fact)
    log.close()
    assert [fact["fact"] for fact in read_facts(tmp_path / "facts.jsonl", "a")] == ["a", "a"]
    assert log.counts == {"a": 2, "b": 1}


def test_a_fact_after_the_end_is_dropped(tmp_path: Path) -> None:
    log = FactLog(tmp_path / "facts.jsonl")
    log.close()
    log.write("late")
    assert read_facts(tmp_path / "facts.jsonl") == []


def test_an_account_is_a_hash_not_its_key() -> None:
    assert account_label("sk_secret") == account_label("sk_secret")
    assert account_label("sk_secret") != account_label("sk_other")
    assert "secret" not in account_label("sk_secret")
