"""Know the world's time zones from one pinned source: the `tzdata` package, never the machine's own files.

`zoneinfo` reads the machine's files first, and those lag behind: the same name then means different hours on
different hosts. Everything here comes from the files of the installed package, whose version is `TZDATA_VERSION`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_DIRECTORY = files("tzdata") / "zoneinfo"
_RULES = (_DIRECTORY / "tzdata.zi").read_text(encoding="utf-8").splitlines()

TZDATA_VERSION = _RULES[0].removeprefix("# version ")

_PROBE_STEP = timedelta(days=3)  # no zone has changed its offset twice within six days since 1990
_PLACEHOLDER = "Factory"  # IANA's own name for "nobody configured this machine": an unknown zone


@cache
def available() -> tuple[str, ...]:
    """Return every IANA name of the package, legacy names included, sorted."""
    return tuple(sorted(set((files("tzdata") / "zones").read_text(encoding="ascii").split()) - {_PLACEHOLDER}))


@cache
def _names() -> frozenset[str]:
    return frozenset(available())


_loaded: dict[str, ZoneInfo] = {}


def zone(name: str) -> ZoneInfo | None:
    """Return the zone called exactly `name`, or None where the package has no such zone.

    The answer cannot be pickled: pass names between processes, not zones or times that carry one.
    """
    found = _loaded.get(name)
    if found is None and name in _names():  # a known name, so no path of the caller's making reaches the files
        with _DIRECTORY.joinpath(*name.split("/")).open("rb") as file:
            found = _loaded[name] = ZoneInfo.from_file(file, key=name)
    return found


def _known(name: str) -> ZoneInfo:
    found = zone(name)
    if found is None:
        raise ValueError("unknown time zone")
    return found


@cache
def _tables() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the legacy names with what they stand for, and the zones of each country."""
    countries: defaultdict[str, list[str]] = defaultdict(list)
    for line in (_DIRECTORY / "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _coordinates, name, *_comment = line.split("\t")
            countries[country].append(name)
    current = {name for names in countries.values() for name in names}
    links = {}
    for line in _RULES:
        if line.startswith("L "):
            _letter, target, name = line.split()
            if name not in current:
                links[name] = target
    return links, {country: tuple(names) for country, names in countries.items()}


def canonical(name: str) -> str:
    """Return today's name of a zone: `America/Buenos_Aires` becomes `America/Argentina/Buenos_Aires`.

    A name that `zone.tab` gives to a country stays as it is; any other link of `tzdata.zi` is followed to a zone that
    keeps the same time. Unknown names come back unchanged.
    """
    return _tables()[0].get(name, name)


def of_country(country: str) -> tuple[str, ...]:
    """Return the zones of an ISO 3166 two-letter country as `zone.tab` lists them, empty where it lists none."""
    return _tables()[1].get(country, ())


@lru_cache(maxsize=4096)
def _changes(name: str, year: int) -> tuple[datetime, ...]:
    """Return the instants of a UTC year at which the zone's offset changes, to the second, oldest first."""
    here = _known(name)
    changes = []
    probe, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while probe < end:
        following = min(probe + _PROBE_STEP, end)
        if _offset(here, probe) != _offset(here, following):
            changes.append(_change_between(here, probe, following))
        probe = following
    return tuple(changes)


def _offset(here: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(here).utcoffset() or timedelta(0)


def _change_between(here: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(here, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if _offset(here, middle) == old else (before, middle)
    return after


def offset_period(name: str, instant: datetime) -> tuple[timedelta, datetime]:
    """Return the zone's UTC offset at `instant` (in UTC) and an instant until which it certainly stays the same.

    That instant is later than `instant` and in UTC: the next change, or the end of the UTC year. Raises ValueError
    for an unknown zone.
    """
    changes = _changes(name, instant.year)
    following = bisect_right(changes, instant)
    until = changes[following] if following < len(changes) else datetime(instant.year + 1, 1, 1, tzinfo=UTC)
    return _offset(_known(name), instant), until
