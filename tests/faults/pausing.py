"""F2: processes that stand still, right before they send or anywhere, alone or half of them at a time."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

from targets.timing import SUBMIT_LEASE
from tests.faults.judgement import judge, late_sends, read_facts, steadily
from tests.faults.killing import waiting
from tests.faults.population import add_people, populate
from tests.faults.system import Crew, System, signal_all
from tests.faults.verdict import Verdict

_LEASES = (0.5, 2.0, 10.0)
_FEWEST_WAITING = 20


def pause_everywhere(system: System, *, people: int, rounds: int) -> Verdict:
    """F2: stop workers for half, twice and ten times a lease, right at W5 and anywhere; a late sender sends nothing."""
    run = populate(system, "F2", people)
    paused_at_w5 = 0
    noted = system.folder / "paused.log"
    with system.crew(FAULTS_HOOK="tests.faults.hooks:stand_still_at_w5", FAULTS_NOTES=str(noted)) as crew:
        crew.wait_ready()
        for number in range(rounds):
            paused_at_w5 += _let_stand(crew, noted, paused_at_w5, _LEASES[number % 3])
    late = late_sends(run, list(read_facts(system.log_path)))
    with system.crew() as crew:
        crew.wait_ready()
        for number in range(rounds):
            add_people(run, 10)
            stopped = random.sample(crew.workers(), k=2)
            signal_all(stopped, signal.SIGSTOP)
            time.sleep(SUBMIT_LEASE.total_seconds() * _LEASES[number % 3])
            signal_all(stopped, signal.SIGCONT)
        verdict = judge(run, system)
    verdict.figures["paused at W5"] = str(paused_at_w5)
    verdict.require(paused_at_w5 >= rounds, "nobody stood still at W5")
    verdict.require(not late, "sent after a pause at W5", late)
    return verdict


def _let_stand(crew: Crew, noted: Path, before: int, leases: float) -> int:
    """Wait for workers that stop themselves at W5, and wake them after so many leases; return how many there were."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lines = noted.read_text().split() if noted.exists() else []
        if len(lines) > before:
            break
        time.sleep(0.05)
    time.sleep(SUBMIT_LEASE.total_seconds() * leases)
    lines = noted.read_text().split() if noted.exists() else []
    signal_all(crew.workers(), signal.SIGCONT)
    return len(lines) - before


def stop_half_in_turn(system: System, *, people: int, rounds: int) -> Verdict:
    """F2-half: stop half of all processes one after the other, and let them go on in another order, again and again."""
    run = populate(system, "F2-half", people)
    stopped = 0
    with system.crew(workers=6) as crew:
        crew.wait_ready()
        for _ in range(rounds):
            if steadily(lambda: waiting(run)) < _FEWEST_WAITING:
                steadily(lambda: add_people(run, _FEWEST_WAITING))
            stopped += _stop_and_continue(crew.everybody())
        verdict = judge(run, system)
    verdict.figures["stopped"] = f"{stopped} in {rounds} rounds"
    verdict.require(stopped >= rounds, "nobody was stopped")
    return verdict


def _stop_and_continue(pids: list[int]) -> int:
    half = random.sample(pids, k=len(pids) // 2)
    stopped = 0
    for pid in half:
        stopped += signal_all([pid], signal.SIGSTOP)
        time.sleep(random.uniform(0, 0.1))
    time.sleep(SUBMIT_LEASE.total_seconds() * random.choice((0.1, 0.3, 1.2)))
    random.shuffle(half)
    for pid in half:
        signal_all([pid], signal.SIGCONT)
        time.sleep(random.uniform(0, 0.1))
    return stopped
