"""F1: processes that die, at every named place and at any moment."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from launcher.paths import CHECKOUT
from lib.wakeup import publish
from targets.models import CampaignTarget
from tests.faults.judgement import judge, steadily
from tests.faults.population import Run, add_people, populate
from tests.faults.system import Crew, System, signal_all
from tests.faults.verdict import Verdict

# Chance of dying at each passage, chosen so that all points come to about as many deaths.
CHANCES: Mapping[str, float] = {
    "W1": 0.02, "W2": 0.05, "W3": 0.05, "W4": 0.03, "W5": 0.03, "W6": 0.012, "W7": 0.03, "W8": 0.03, "W9": 0.03,
    "H1": 0.03, "H2": 0.03, "H3": 0.03, "S1": 0.06, "S2": 0.08, "O1": 0.05, "O2": 0.05,
}  # fmt: skip
IMPORT_POINTS = ("M1", "M2", "M3")
_MAINS_AMONG_KILLS = 0.03
_WAITING_PEOPLE = 40
_ROUND_SECONDS = 45


class Tally:
    """Deaths: those at named points, written down by the dying, and those that came from outside."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "crashes.log"
        self.from_outside = 0

    def at_points(self) -> Counter[str]:
        return Counter(self.path.read_text().split()) if self.path.exists() else Counter()

    @property
    def total(self) -> int:
        return self.at_points().total() + self.from_outside

    def fewest(self) -> tuple[int, str]:
        """Return the point with the fewest deaths and their number."""
        died = self.at_points()
        return min((died[name], name) for name in (*CHANCES, *IMPORT_POINTS))


def kill_everywhere(system: System, *, people: int, quota: int, kills: int, seconds: float) -> Verdict:
    """F1: kill -9 at every point until each had `quota` deaths and all came to `kills`, then heal and judge."""
    run = populate(system, "F1", people, limit=12)
    tally = Tally(system.folder)
    wrong = _kill_imports(system, run, tally, quota)
    deadline = time.monotonic() + seconds * system.slack

    def enough() -> bool:
        return tally.total >= kills and tally.fewest()[0] >= quota

    rounds = 0
    while not enough() and time.monotonic() < deadline:
        until = min(deadline, time.monotonic() + _ROUND_SECONDS * system.slack)
        with system.crew(workers=6, CRASH_POINTS=_plan(tally, quota, rounds), CRASH_LOG=str(tally.path)) as crew:
            _one_round(run, tally, crew, until, kills, enough)
        rounds += 1
    with system.crew(workers=6):
        verdict = judge(run, system)
    fewest, point = tally.fewest()
    verdict.kills = tally.total
    verdict.figures["kills"] = f"{tally.total}, {tally.from_outside} of them at random moments"
    verdict.figures["fewest"] = f"{fewest} at {point}"
    verdict.require(not wrong, f"imports: {wrong}", len(wrong))
    verdict.require(fewest >= quota, f"fewer than {quota} kills at a point: {dict(tally.at_points())}")
    verdict.require(tally.total >= kills, f"fewer than {kills} kills")
    verdict.lost += len(wrong)
    return verdict


def _kill_imports(system: System, run: Run, tally: Tally, quota: int) -> list[str]:
    who = [str(run.organizations[1].pk), str(_idle_campaign(run))]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.importing", *who, str(quota), str(tally.path), str(system.folder)],
        cwd=CHECKOUT,
        env=system.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return [done.stderr[-500:]]
    wrong: list[str] = json.loads(done.stdout.splitlines()[-1])["wrong"]
    return wrong


def _idle_campaign(run: Run) -> object:
    """Return a campaign that is not started: whom an import enrols here is not called."""
    from campaigns.services.campaigns import create_campaign

    return create_campaign(organization=run.organizations[1], owner=None, name="imported").pk


def _plan(tally: Tally, quota: int, rounds: int) -> str:
    """Return the setting that arms above all what has not had its deaths after so many rounds."""
    died = tally.at_points()
    chances = {
        name: chance * 0.1 if died[name] >= quota else min(chance * 2**rounds, 0.3) for name, chance in CHANCES.items()
    }
    return ",".join(f"{name}:{chance:.4f}" for name, chance in chances.items())


def _one_round(run: Run, tally: Tally, crew: Crew, until: float, kills: int, enough: Callable[[], bool]) -> None:
    stop = threading.Event()
    killer = threading.Thread(target=kill_now_and_then, args=(crew, tally, stop, kills // 3), daemon=True)
    killer.start()
    while time.monotonic() < until and not enough():
        publish("targets.sweep")  # as hasty as the leases are: the schedule's five seconds are not shortened
        if steadily(lambda: waiting(run)) < _WAITING_PEOPLE:
            steadily(lambda: add_people(run, _WAITING_PEOPLE))
        time.sleep(0.5)
    stop.set()
    killer.join()


def waiting(run: Run) -> int:
    return CampaignTarget.objects.filter(campaign__in=run.campaigns, state="ready", calls_made=0).count()


def kill_now_and_then(crew: Crew, tally: Tally, stop: threading.Event, most: int) -> None:
    """Kill one process after another, mostly those that are forked again at once, until `stop` or `most` died so."""
    while tally.from_outside < most and not stop.wait(random.uniform(1.0, 3.0)):
        pids = crew.mains() if random.random() < _MAINS_AMONG_KILLS else crew.everybody()
        if pids:
            tally.from_outside += signal_all([random.choice(pids)], signal.SIGKILL)
