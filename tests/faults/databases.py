"""F6: sessions end, the server restarts, commits are cut off, no session is to be had, rows are held by others."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from launcher.services import server_pids
from tests.faults.background import in_background
from tests.faults.cutting import broken_way
from tests.faults.journal import writing
from tests.faults.judgement import judge, steadily
from tests.faults.population import Run, add_people, populate
from tests.faults.system import System, wait_until
from tests.faults.verdict import Verdict

_CHANCE_OF_CUT = 0.05
_CHANCE_OF_REFUSAL = 0.3


def lose_the_database(system: System, *, people: int, seconds: float, restarts: int) -> Verdict:
    """F6: end all sessions every two seconds, then stop the database at once and start it again, several times."""
    run = populate(system, "F6", people)
    ended = 0
    with system.crew() as crew:
        crew.wait_ready()
        with writing(system, run) as journal:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                ended += _end_all_sessions(system)
                time.sleep(2)
            for _ in range(restarts):
                steadily(lambda: add_people(run, 6))
                with suppress(KeyError, ProcessLookupError):
                    os.kill(server_pids(system.folder)["postgresql"], signal.SIGQUIT)
                time.sleep(3)
            wait_until(lambda: "postgresql" in server_pids(system.folder), 60)
        verdict = steadily(lambda: judge(run, system))
    journal.hold_against(run, verdict)
    verdict.figures["sessions ended"] = str(ended)
    verdict.figures["restarts"] = str(restarts)
    verdict.require(ended > 0, "no session was ended")
    return verdict


def _end_all_sessions(system: System) -> int:
    sessions = "FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
    with psycopg.connect(system.environment["DATABASE_URL"], autocommit=True) as connection:
        return len(connection.execute(f"SELECT pg_terminate_backend(pid) {sessions}").fetchall())


def doubt_commits(system: System, *, people: int, seconds: float) -> Verdict:
    """F6-commit: some commits are lost before the server has them, others after; for a while sessions are refused."""
    run = populate(system, "F6-commit", people)
    with broken_way(system.environment["DATABASE_URL"]) as way, system.crew(DATABASE_URL=way.url) as crew:
        crew.wait_ready()
        way.chance_of_cut = _CHANCE_OF_CUT
        with writing(system, run) as journal:
            _keep_busy(run, seconds)
            way.chance_of_refusal = _CHANCE_OF_REFUSAL
            _keep_busy(run, seconds / 2)
        way.chance_of_cut = way.chance_of_refusal = 0.0
        verdict = judge(run, system)
    journal.hold_against(run, verdict)
    for what in ("lost before", "lost after", "refused"):
        verdict.require(way.seen[what] > 0, f"nothing was {what}")
    verdict.figures["commits"] = f"{way.seen['lost before']} lost before and {way.seen['lost after']} after the server"
    verdict.figures["sessions refused"] = str(way.seen["refused"])
    return verdict


def hold_rows(system: System, *, people: int, seconds: float) -> Verdict:
    """F6-locks: somebody locks rows of the engine in the wrong order and sits on them: deadlocks and time-outs."""
    run = populate(system, "F6-locks", people)
    with system.crew() as crew:
        crew.wait_ready()
        with _stubborn_sessions(system, run) as met, writing(system, run) as journal:
            _keep_busy(run, seconds)
        verdict = judge(run, system)
    journal.hold_against(run, verdict)
    verdict.require(met["held"] > 0, "no row was held")
    verdict.figures["rows held"] = f"{met['held']} times, {met['deadlock']} deadlocks lost by the holder"
    verdict.figures["deadlocks"] = str(_deadlocks(system))
    return verdict


def _keep_busy(run: Run, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        steadily(lambda: add_people(run, 6))
        time.sleep(2)


@contextmanager
def _stubborn_sessions(system: System, run: Run, *, sessions: int = 3) -> Iterator[Counter[str]]:
    met: Counter[str] = Counter()

    def hold(stop: threading.Event) -> None:
        while not stop.is_set():
            with suppress(psycopg.OperationalError), psycopg.connect(system.environment["DATABASE_URL"]) as connection:
                _hold_some(connection, run, met, stop)

    with in_background(hold, threads=sessions):
        yield met


def _hold_some(
    connection: psycopg.Connection[tuple[object, ...]], run: Run, met: Counter[str], stop: threading.Event
) -> None:
    """Lock some of a campaign's rows in each table, in any order, with a pause after each."""
    campaign = random.choice(run.campaigns).pk
    tables = [
        ("targets_campaigntarget", "campaign_id"),
        ("targets_attempt", "campaign_id"),
        ("campaigns_campaign", "id"),
    ]
    random.shuffle(tables)
    try:
        for table, column in tables:
            rows = sql.SQL("SELECT 1 FROM {} WHERE {} = %s ORDER BY id DESC LIMIT 5 FOR UPDATE")
            connection.execute(rows.format(sql.Identifier(table), sql.Identifier(column)), [campaign])
            met["held"] += 1
            stop.wait(random.uniform(0.1, 0.7))
    except psycopg.errors.DeadlockDetected:
        met["deadlock"] += 1
    connection.rollback()


def _deadlocks(system: System) -> int:
    with psycopg.connect(system.environment["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    return int(row[0]) if row else 0
