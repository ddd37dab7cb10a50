"""Run the embedded PostgreSQL and Valkey of a data folder, shared by every process that needs them.

Each user process holds a shared lock on `users.lock` for as long as it needs the servers. The first user starts them,
the last one out stops them. A killed user releases its lock through the kernel; servers it leaves behind are found
running by the next user, and stopped by the last.
"""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from launcher import locks
from launcher.errors import OWN_SERVERS, LaunchError
from launcher.keys import encryption_keys, has_keys, load_keys, load_or_make_keys
from launcher.paths import Layout, default_data_dir
from launcher.postgres import DATABASE, ROLE, Postgres
from launcher.server import Server
from launcher.valkey import Valkey

# Longer than the slowest start or stop of another process.
PATIENCE_SECONDS = 150

_kept = ExitStack()


@dataclass(frozen=True, slots=True)
class ServiceUrls:
    """Where the servers are: for Django (django-environ or libpq), for Celery, and for a cache of redis-py."""

    database_url: str = field(repr=False)  # holds the password
    redis_url: str
    cache_url: str

    def as_environment(self) -> dict[str, str]:
        """Return the variables the settings read: DATABASE_URL, REDIS_URL, CACHE_URL."""
        return {name.upper(): value for name, value in asdict(self).items()}


def service_urls(data_dir: Path) -> ServiceUrls:
    """Compute the URLs of a data folder that has been used before; starts nothing. Raises LaunchError otherwise."""
    layout = Layout.of(data_dir)
    password = load_keys(layout.data_dir)["database_password"]
    valkey_socket = Valkey(layout).socket_path
    # The socket's folder goes into `host`, the one spelling that Django, django-environ and libpq understand alike.
    return ServiceUrls(
        database_url=f"postgresql://{ROLE}:{password}@/{DATABASE}?host={layout.run_dir}",
        redis_url=f"redis+socket://{valkey_socket}?virtual_host=0",
        cache_url=f"unix://{valkey_socket}?db=2",
    )


def server_pids(data_dir: Path) -> dict[str, int]:
    """Return the process numbers of the servers that are ready, by name: postgresql, valkey. For fault tests."""
    return {server.name: server.pid for server in _servers(Layout.of(data_dir)) if server.is_ready()}


@contextmanager
def running_services(data_dir: Path, *, durable: bool = True) -> Iterator[ServiceUrls]:
    """Keep both servers of `data_dir` running inside the block, started if need be, and yield their URLs.

    `durable=False` trades the safety of the files for speed; it counts only for servers this call has to start.
    Raises LaunchError with one line that says what to do.
    """
    layout = Layout.prepare(data_dir)
    with _naming_the_folder(data_dir):
        users = _join(layout)
    owner = os.getpid()
    try:
        revive_services(data_dir, durable=durable)
        yield service_urls(data_dir)
    finally:
        # A fork of this process may run this on its way out; the servers are still needed here.
        if os.getpid() == owner:
            _leave(layout, users)


def revive_services(data_dir: Path, *, durable: bool = True) -> None:
    """Start again what is not running of the servers. Called inside `running_services`, at any time after a crash."""
    layout = Layout.of(data_dir)
    if all(server.is_ready() for server in _servers(layout)):
        return
    with _naming_the_folder(data_dir), _start_lock(layout):
        _prepare(layout)
        for server in _servers(layout):
            server.ensure_ready(durable=durable)


def ensure_environment(data_dir: Path | None = None, *, durable: bool = True) -> None:
    """Make DATABASE_URL and REDIS_URL hold for the rest of this process.

    Does nothing where both are set. Otherwise the servers of `data_dir` (default: OUTBOUND_DATA_DIR, else `var/local`
    of the checkout) are kept running until this process ends, and those of DATABASE_URL, REDIS_URL, CACHE_URL,
    SECRET_KEY and FIELD_ENCRYPTION_KEY that are missing are set: what is stored there was encrypted with these keys.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    data_dir = data_dir or default_data_dir()
    urls = _kept.enter_context(running_services(data_dir, durable=durable))
    atexit.register(_kept.close)
    for name, value in {**urls.as_environment(), **encryption_keys(data_dir)}.items():
        os.environ.setdefault(name, value)


def discard(data_dir: Path) -> None:
    """Stop the servers of `data_dir` and delete it with all they hold, if it exists.

    Raises LaunchError while somebody uses them.
    """
    if not data_dir.exists():
        return
    layout = Layout.of(data_dir)
    with _start_lock(layout):
        if locks.is_held(layout.users_lock):
            raise LaunchError(f"{layout.data_dir} is in use: stop what runs there first")
        for server in _servers(layout):
            server.stop()
        layout.remove_server_folders()
        shutil.rmtree(layout.data_dir, ignore_errors=True)


def _servers(layout: Layout) -> list[Server]:
    return [Postgres(layout), Valkey(layout)]


def _prepare(layout: Layout) -> None:
    # Somebody has deleted the data folder to start anew: the half that was elsewhere must not come back without keys.
    if not any(server.life_lock.exists() for server in _servers(layout)):
        layout.remove_server_folders()
    layout.make_server_folders()
    if Postgres(layout).cluster.exists() and not has_keys(layout.data_dir):
        raise LaunchError(f"the keys to the database in {layout.data_dir} are gone: start anew with `make clean`")
    load_or_make_keys(layout.data_dir)


@contextmanager
def _start_lock(layout: Layout) -> Iterator[None]:
    busy = f"another process has been starting or stopping the servers of {layout.data_dir} for too long: see there"
    with locks.exclusive(layout.start_lock, wait_seconds=PATIENCE_SECONDS, busy=busy):
        yield


@contextmanager
def _naming_the_folder(data_dir: Path) -> Iterator[None]:
    """Turn what the file system refuses (full, read-only, forbidden) into one line."""
    try:
        yield
    except OSError as error:
        raise LaunchError(f"cannot keep the servers' files for {data_dir}: {error} (or {OWN_SERVERS})") from error


def _join(layout: Layout) -> int:
    # Under the start lock: nobody is just about to find that there are no users and to stop the servers.
    with _start_lock(layout):
        return locks.lock_shared(layout.users_lock)


def _leave(layout: Layout, users: int) -> None:
    with _start_lock(layout):
        locks.release(users)
        if not locks.is_held(layout.users_lock):
            for server in _servers(layout):
                server.stop()
