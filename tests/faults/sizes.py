"""How much the battery does: `short` in minutes beside other tests, `ci` in half an hour, `long` overnight."""

from __future__ import annotations

from dataclasses import dataclass

# What needs no running system, and what does, in the order in which it is done.
TESTED = ("F8", "F16", "F24")
ON_A_SYSTEM = (
    "F1", "F2", "F2-half", "F3", "F3-never", "F4", "F4-flood", "F4b-poll", "F4b-hooks", "F5", "F6", "F6-commit",
    "F6-locks", "F7", "F9", "F9-releases", "F10", "F11", "F12", "F12-shares",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """The sizes of all faults. Times are seconds."""

    name: str
    people: int  # of a fault with none of its own in mind
    kill_people: int
    kills: int
    kills_at_each_point: int
    kill_seconds: float
    pauses: int
    rounds_of_half: int
    deliveries: int
    release_seconds: float
    crowd: int
    crowd_seconds: float
    ambiguous_people: int
    flushes: int
    broker_deaths: int
    broker_freeze_seconds: float
    session_cut_seconds: float
    database_restarts: int
    limit_changes_seconds: float
    race_seconds: float
    machine: str  # of F16, see tests/faults/machine.py
    faults: tuple[str, ...] = ()  # empty: all of them


SIZES = {
    size.name: size
    for size in (
        Size(
            "short", people=30, kill_people=30, kills=40, kills_at_each_point=1, kill_seconds=60, pauses=3,
            rounds_of_half=5, deliveries=600, release_seconds=4, crowd=60, crowd_seconds=5,
            ambiguous_people=60, flushes=1, broker_deaths=1, broker_freeze_seconds=3, session_cut_seconds=6,
            database_restarts=1, limit_changes_seconds=14, race_seconds=8, machine="everyday",
            faults=("F4b-hooks", "F5", "F6"),
        ),
        Size(
            "ci", people=80, kill_people=200, kills=500, kills_at_each_point=20, kill_seconds=420, pauses=6,
            rounds_of_half=100, deliveries=10_000, release_seconds=6, crowd=240, crowd_seconds=15,
            ambiguous_people=240, flushes=3, broker_deaths=2, broker_freeze_seconds=6, session_cut_seconds=15,
            database_restarts=3, limit_changes_seconds=28, race_seconds=20, machine="ci",
        ),
        Size(
            "long", people=400, kill_people=1000, kills=5000, kills_at_each_point=100, kill_seconds=5400, pauses=30,
            rounds_of_half=600, deliveries=100_000, release_seconds=30, crowd=1500, crowd_seconds=90,
            ambiguous_people=1000, flushes=12, broker_deaths=10, broker_freeze_seconds=60, session_cut_seconds=120,
            database_restarts=10, limit_changes_seconds=140, race_seconds=180, machine="long",
        ),
    )
}  # fmt: skip
