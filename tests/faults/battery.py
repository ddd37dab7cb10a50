"""The faults in order, each with what it is and how to run it on one running system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import databases, flood, killing, pausing, races, releases, servers, tenants, vendors
from tests.faults.sizes import ON_A_SYSTEM, Size
from tests.faults.system import System
from tests.faults.verdict import Verdict


@dataclass(frozen=True)
class Fault:
    """One way to break the system."""

    name: str
    title: str
    run: Callable[[System, Size], Verdict]


def _kill(system: System, size: Size) -> Verdict:
    return killing.kill_everywhere(
        system,
        people=size.kill_people,
        quota=size.kills_at_each_point,
        kills=size.kills,
        seconds=size.kill_seconds,
    )


def _broker(system: System, size: Size) -> Verdict:
    return servers.lose_the_broker(
        system,
        people=size.people,
        flushes=size.flushes,
        deaths=size.broker_deaths,
        freeze_seconds=size.broker_freeze_seconds,
    )


def _database(system: System, size: Size) -> Verdict:
    return databases.lose_the_database(
        system, people=size.people, seconds=size.session_cut_seconds, restarts=size.database_restarts
    )


FAULTS = (
    Fault("F1", "kill -9 at every named place and at any moment", _kill),
    Fault("F2", "processes stand still", lambda s, z: pausing.pause_everywhere(s, people=z.people, rounds=z.pauses)),
    Fault(
        "F2-half",
        "half of all stand still in turn",
        lambda s, z: pausing.stop_half_in_turn(s, people=z.people, rounds=z.rounds_of_half),
    ),
    Fault("F3", "ambiguous answers", lambda s, z: vendors.answer_ambiguously(s, people=z.ambiguous_people)),
    Fault("F3-never", "calls never listed", lambda s, z: vendors.never_tell(s, people=z.people // 4)),
    Fault("F4", "webhooks many times, early, forged", lambda s, z: vendors.deliver_badly(s, people=z.people)),
    Fault(
        "F4-flood",
        "webhooks in thousands",
        lambda s, z: flood.flood_with_webhooks(s, people=z.people, deliveries=z.deliveries),
    ),
    Fault("F4b-poll", "no webhook at all", lambda s, z: vendors.tell_nothing(s, people=z.people // 2)),
    Fault("F4b-hooks", "nobody looks up", lambda s, z: vendors.nobody_asks(s, people=z.people // 2)),
    Fault("F5", "broker flushed, killed, full, frozen, messages five times", _broker),
    Fault("F6", "database sessions cut, server restarted", _database),
    Fault(
        "F6-commit",
        "commits cut off, no sessions left",
        lambda s, z: databases.doubt_commits(s, people=z.people, seconds=z.session_cut_seconds),
    ),
    Fault(
        "F6-locks",
        "rows held, deadlocks",
        lambda s, z: databases.hold_rows(s, people=z.people, seconds=z.session_cut_seconds),
    ),
    Fault("F7", "machines' clocks wrong", lambda s, z: servers.have_wrong_clocks(s, people=z.people)),
    Fault("F9", "two of everything", lambda s, z: races.have_two_of_everything(s, people=z.people)),
    Fault(
        "F9-releases",
        "two releases and a migration",
        lambda s, z: releases.upgrade_while_calling(s, people=z.people, seconds=z.release_seconds),
    ),
    Fault(
        "F10",
        "limits lowered and raised",
        lambda s, z: races.change_limits(s, people=z.people, seconds=z.limit_changes_seconds),
    ),
    Fault(
        "F11",
        "opt-outs and pauses at full speed",
        lambda s, z: races.refuse_at_full_speed(s, people=z.people, seconds=z.race_seconds),
    ),
    Fault("F12", "429", lambda s, z: tenants.want_to_be_left_alone(s, people=z.people)),
    Fault(
        "F12-shares",
        "a greedy tenant",
        lambda s, z: tenants.crowd_the_lines(s, people=z.crowd, seconds=z.crowd_seconds),
    ),
)

if tuple(fault.name for fault in FAULTS) != ON_A_SYSTEM:
    raise AssertionError("sizes.ON_A_SYSTEM names other faults")
