"""Deal the tests out to the workers of pytest-xdist, and keep what bears no company for the end.

Whole files are dealt out as workers come round to them, those that take long first, so that all are busy to the last.
Folders whose tests share a costly server are one piece, of long tests each is one. What is marked `battery`, which
counts seconds on a running system, comes last and waits until every other worker has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from launcher import locks

_TOGETHER = ("tests/launcher/", "tests/browser/")
_EACH = ("tests/api/fuzz/", "tests/targets/test_optouts_races.py", "tests/api/test_operations_table.py")
_LONGEST_FIRST = (
    *("tests/api/fuzz/", "tests/launcher/", "tests/browser/", "tests/targets/", "tests/faults/", "tests/db/"),
    *("tests/customers/", "tests/api/test_", "tests/lib/"),
)
_PATIENCE_SECONDS = 3000
_presence = pytest.StashKey[int]()


class ByLength(LoadScopeScheduling):  # type: ignore[misc]  # no type information published
    """Deals out pieces of the session in its own order, which is that of `pytest_collection_modifyitems`."""

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)


def piece_of(nodeid: str) -> str:
    """Return what names the piece a test belongs to: one worker does all of it."""
    if nodeid.startswith(_EACH):
        return nodeid
    return next((folder for folder in _TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByLength:
    config.option.loadscopereorder = False
    return ByLength(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _is_worker(config):
        tests = Counter(piece_of(item.nodeid) for item in items)
        items.sort(key=lambda item: (_rank(item.nodeid), -tests[piece_of(item.nodeid)]))
    items.sort(key=lambda item: item.get_closest_marker("battery") is not None)


def pytest_configure(config: pytest.Config) -> None:
    if _is_worker(config):
        config.stash[_presence] = locks.lock_shared(_presence_lock(config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    _leave(session.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was drawn for this session alone, so that nothing it shows is lost."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        recorded = dict(report.user_properties) if report.when == "call" else {}
        if "fuzz" in recorded:
            terminalreporter.write_line(f"fuzz {recorded['fuzz']}: {recorded.get('requests', 'not all')} requests")


@contextmanager
def alone(config: pytest.Config) -> Iterator[None]:
    """Wait until every other worker has ended, and run the block then. For tests marked `battery`."""
    if not _is_worker(config):
        yield
        return
    _leave(config)
    busy = "the other workers have not ended"
    with locks.exclusive(_presence_lock(config), wait_seconds=_PATIENCE_SECONDS, busy=busy):
        yield


def _leave(config: pytest.Config) -> None:
    if _presence in config.stash:
        locks.release(config.stash[_presence])
        del config.stash[_presence]


def _rank(nodeid: str) -> int:
    return next((n for n, start in enumerate(_LONGEST_FIRST) if nodeid.startswith(start)), len(_LONGEST_FIRST))


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _presence_lock(config: pytest.Config) -> Path:
    # xdist gives each worker a folder in the session's own, which pytest clears away in time.
    return Path(config.option.basetemp).parent / "workers.lock"
