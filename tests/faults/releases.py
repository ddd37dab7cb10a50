"""F9-releases: the release before the newest migration and this one side by side, while the database is migrated."""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from contextlib import ExitStack
from pathlib import Path, PurePath

from django.core.management import call_command

from launcher.paths import CHECKOUT
from tests.faults.judgement import judge, ours, placed, read_facts
from tests.faults.population import Run, add_people, populate
from tests.faults.system import System
from tests.faults.verdict import Verdict

_MIGRATIONS = "*/migrations/0*.py"


def upgrade_while_calling(system: System, *, people: int, seconds: float) -> Verdict:
    """F9-releases: call with the old code, migrate under it, work with both for a while, go on with the new alone."""
    run = populate(system, "F9-releases", people)
    commit = _last_before_a_migration()
    old = _unpack(commit, system.folder / "old")
    undone = _take_back_migrations(old)
    with ExitStack() as staying:
        with system.crew(code=old) as crew:
            crew.wait_ready()
            time.sleep(seconds * system.slack)
            by_old = _calls(run, system)
            call_command("migrate", verbosity=0)
            add_people(run, people)
            time.sleep(seconds * system.slack)
            staying.enter_context(system.crew(web=False)).wait_ready()
            time.sleep(seconds * system.slack)
        by_both = _calls(run, system) - by_old
    with system.crew():
        verdict = judge(run, system)
    by_new = verdict.dials - by_old - by_both
    verdict.figures["calls"] = f"{by_old} by the old, {by_both} while and after migrating, {by_new} by the new"
    verdict.figures["migrations"] = ", ".join(undone)
    verdict.require(bool(undone), "nothing to migrate")
    verdict.require(by_old > 0 < by_both, "a release that called nobody")
    return verdict


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, check=True).stdout


def _last_before_a_migration() -> str:
    """Return the newest commit that has some of the migrations of today and no others.

    Raises CalledProcessError where there is no history, LookupError where it holds no such commit.
    """
    today = _migrations_of("HEAD")
    for commit in _git("log", "--format=%H", "--", _MIGRATIONS).decode().split():
        if _migrations_of(f"{commit}^") < today:
            return f"{commit}^"
    raise LookupError("no release with fewer migrations")


def _migrations_of(commit: str) -> set[str]:
    names = _git("ls-tree", "-r", "--name-only", commit).decode().split()
    return {name for name in names if PurePath(name).match(_MIGRATIONS)}


def _unpack(commit: str, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(_git("archive", "--format=zip", commit))) as archive:
        archive.extractall(folder)
    return folder


def _take_back_migrations(old: Path) -> list[str]:
    """Bring the database to where the old release had it; return what was taken back."""
    undone = []
    for folder in sorted(CHECKOUT.glob("*/migrations")):
        app = folder.parent.name
        before, now = _names(old / app / "migrations"), _names(folder)
        if now - before:
            call_command("migrate", app, max(now & before), verbosity=0)
            undone += [f"{app}.{name}" for name in sorted(now - before)]
    return undone


def _names(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("0*.py")}


def _calls(run: Run, system: System) -> int:
    return len(placed(ours(run, list(read_facts(system.log_path)))))
