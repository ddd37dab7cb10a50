"""Is the tzdata of the lock files the one in use, on every machine, and was it a recent one when they were locked?"""

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lib import zones

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["production.txt", "runtime.txt", "dev.txt"]
OLDEST_ALLOWED = timedelta(days=120)
# When each release we lock was published. A new release needs a line here, which is the moment to read what it changes.
PUBLISHED = {"2026.6": date(2026, 10, 28)}
ASK_BOTH = """
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from lib import zones
noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
print(noon.astimezone(ZoneInfo("Europe/Madrid")).hour, noon.astimezone(zones.zone("Europe/Madrid")).hour)
"""


def locked(lock: str) -> dict[str, str]:
    """Return the versions of a lock file by package."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))


def newest_day_in(versions: dict[str, str]) -> date:
    """Return the newest date among the versions that are dates, such as certifi's: the lock is not older than it."""
    dated = (re.fullmatch(r"(20\d\d)\.(\d\d?)\.(\d\d?)", number) for number in versions.values())
    days = [date(*map(int, found.groups())) for found in dated if found]
    assert days, "no package of this lock file carries a date, so its age cannot be told"
    return max(days)


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locked_release_is_the_one_in_use(lock: str) -> None:
    release = locked(lock)["tzdata"]
    assert version("tzdata") == release
    year, letter = re.fullmatch(r"(\d{4})([a-z])", zones.TZDATA_VERSION).groups()  # type: ignore[union-attr]  # fails the test
    assert release.split(".")[:2] == [year, str(ord(letter) - ord("a") + 1)]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locked_release_was_recent_when_it_was_locked(lock: str) -> None:
    """Its age is measured against the lock, not against today: an old checkout stays sound, a new lock may not lag.

    A lock file has no date, but is at least as new as the newest thing in it.
    """
    versions = locked(lock)
    release = versions["tzdata"]
    assert release in PUBLISHED, f"write down here when tzdata {release} was published, and read what it changes"
    lag = newest_day_in(versions) - PUBLISHED[release]
    assert lag <= OLDEST_ALLOWED, f"tzdata {release} was {lag.days} days old when it was locked: lock a newer one"


def test_a_lock_that_lags_is_noticed() -> None:
    assert newest_day_in({"certifi": "2027.3.4", "tzdata": "2026.6", "django": "5.2.19"}) == date(2027, 3, 4)
    assert date(2027, 3, 4) - PUBLISHED["2026.6"] > OLDEST_ALLOWED


def test_false_files_of_the_machine_change_nothing(tmp_path: Path) -> None:
    """A machine on which Madrid has the files of Tokyo: the standard library believes it, we do not."""
    (tmp_path / "Europe").mkdir()
    tokyo = Path(str(zones._DIRECTORY)) / "Asia" / "Tokyo"
    (tmp_path / "Europe" / "Madrid").write_bytes(tokyo.read_bytes())
    told = subprocess.run(
        [sys.executable, "-c", ASK_BOTH],
        cwd=ROOT,
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["21", "14"]


def test_every_zone_keeps_the_time_of_the_packages_own_file() -> None:
    """Were one of them taken from the machine's files or another release, its hours would differ somewhere."""
    for name in zones.available():
        with zones._DIRECTORY.joinpath(*name.split("/")).open("rb") as file:
            packaged = ZoneInfo.from_file(file)
        for month in range(1, 37):
            instant = datetime(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 15, tzinfo=UTC)
            ours = instant.astimezone(zones.zone(name)).utcoffset()
            assert ours == instant.astimezone(packaged).utcoffset(), name
