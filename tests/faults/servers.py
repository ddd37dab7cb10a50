"""F5 and F7: the broker and the clocks of machines fail."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import redis

from launcher.services import server_pids
from tests.faults.background import in_background
from tests.faults.judgement import judge, read_facts, steadily
from tests.faults.population import Run, add_people, populate
from tests.faults.system import System, wait_until
from tests.faults.verdict import Verdict

RESUME_SECONDS = 10.0
_FULL_SECONDS = 4.0


@dataclass
class Probe:
    """What web answered to somebody who asked all the time: statuses, and the longest wait in seconds."""

    statuses: list[int] = field(default_factory=list)
    longest: float = 0.0

    @property
    def broken(self) -> int:
        return sum(status >= 500 or not status for status in self.statuses)


@contextmanager
def probing(system: System, run: Run) -> Iterator[Probe]:
    """Ask web for a campaign over the API inside the block, a few times a second."""
    from organizations.models import ApiKey
    from organizations.services import issue_api_key

    token = issue_api_key(organization=run.organizations[0], kind=ApiKey.Kind.UMANIZE, name="probe").token
    probe = Probe()

    def ask(stop: threading.Event) -> None:
        while not stop.wait(0.2):
            started = time.monotonic()
            probe.statuses.append(_get(system, f"/campaigns/{run.campaigns[0].pk}", token))
            probe.longest = max(probe.longest, time.monotonic() - started)

    with in_background(ask):
        yield probe


def _get(system: System, path: str, token: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(system.base_url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers={"X-API-Key": token})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def lose_the_broker(system: System, *, people: int, flushes: int, deaths: int, freeze_seconds: float) -> Verdict:
    """F5: flush the broker, kill it, fill it up, freeze it, and every message comes five times.

    Calls are unaffected, web answers, dialling resumes at once.
    """
    run = populate(system, "F5", people)
    resumed: list[float | None] = []
    with system.crew(FAULTS_HOOK="tests.faults.hooks:say_everything_five_times") as crew:
        crew.wait_ready()
        with probing(system, run) as probe:
            for _ in range(flushes):
                _broker(system).flushall()
                time.sleep(2)
            resumed.append(_next_dial(system, run))
            for _ in range(deaths):
                os.kill(_broker_pid(system), signal.SIGKILL)
                resumed.append(_next_dial(system, run))
            resumed.append(_fill_up(system, run))
            frozen = _broker_pid(system)
            os.kill(frozen, signal.SIGSTOP)
            time.sleep(freeze_seconds)
            os.kill(frozen, signal.SIGCONT)
            resumed.append(_next_dial(system, run))
        verdict = judge(run, system)
    slow = [seconds for seconds in resumed if seconds is None or seconds > RESUME_SECONDS * system.slack]
    verdict.require(not slow, f"dialling did not resume within {RESUME_SECONDS * system.slack:.0f} s", len(slow))
    verdict.require(not probe.broken, "web answered 5xx or not at all", probe.broken)
    longest = max((seconds for seconds in resumed if seconds is not None), default=0.0)
    verdict.figures["resumed"] = f"{longest:.1f} s at the latest"
    verdict.figures["web"] = f"{len(probe.statuses)} answers, {probe.broken} bad, {probe.longest:.1f} s the slowest"
    return verdict


def _broker(system: System) -> redis.Redis:
    return redis.Redis.from_url(system.environment["CACHE_URL"], socket_timeout=5)


def _broker_pid(system: System) -> int:
    """Return the broker's process; dialling may have gone on before the one that was killed is there again."""
    wait_until(lambda: "valkey" in server_pids(system.folder), 30 * system.slack, pause=0.05)
    return server_pids(system.folder)["valkey"]


def _fill_up(system: System, run: Run) -> float | None:
    """Have the broker refuse whatever needs memory for a while; return when dialling went on once it had some again."""
    broker = _broker(system)
    before = str(broker.config_get("maxmemory")["maxmemory"])
    broker.config_set("maxmemory-policy", "noeviction")
    broker.config_set("maxmemory", "1")
    steadily(lambda: add_people(run, 6))
    time.sleep(_FULL_SECONDS)
    broker.config_set("maxmemory", before)
    return _next_dial(system, run)


def _next_dial(system: System, run: Run) -> float | None:
    """Give people to call, and return how many seconds it takes until one more request reaches the provider."""
    before = _requests(system)
    steadily(lambda: add_people(run, 6))
    return wait_until(lambda: _requests(system) > before, 30 * system.slack, pause=0.1)


def _requests(system: System) -> int:
    return sum(fact["fact"] == "dial_requested" for fact in read_facts(system.log_path))


def have_wrong_clocks(system: System, *, people: int) -> Verdict:
    """F7: Python's clock is ten minutes fast in some processes and slow in the others; the database's is right."""
    run = populate(system, "F7", people)
    system.set_faults(voice={"before_500": 0.1, "accepted_then_500": 0.1}, webhooks={"lost": 0.3}, list_lag_seconds=3)
    with system.crew(FAULTS_HOOK="tests.faults.hooks:be_ten_minutes_off"):
        time.sleep(20)
        system.set_faults()
        verdict = judge(run, system)
    verdict.figures["clocks"] = "±10 min"
    return verdict
