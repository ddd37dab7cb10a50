"""Say where everything of one data folder lies."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from launcher.account import Account, make_passable_folder, server_account
from launcher.errors import LaunchError

CHECKOUT = Path(__file__).resolve().parent.parent
# Where root keeps the servers' files when `nobody` cannot reach the checkout: survives a reboot, open to all to pass.
PRIVATE_HOMES = Path("/var/lib/outbound-campaigns")
# Not the temp folder of the environment: it may be long, and two processes that share the servers may differ in it.
SHORT_FOLDERS = Path("/tmp")  # noqa: S108  # the folder made there is private, and checked to be
LONGEST_SOCKET_FOLDER = 80
_SAFE_IN_URLS = re.compile(r"[A-Za-z0-9/._-]+")


def default_data_dir() -> Path:
    """Return the folder named by OUTBOUND_DATA_DIR, else `var/local` of the checkout."""
    named = os.environ.get("OUTBOUND_DATA_DIR")
    return Path(named) if named else CHECKOUT / "var" / "local"


def short_hash(path: Path) -> str:
    """Return twelve characters that stand for an absolute path, the same in every process."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one data folder: `data_dir` is the caller's, what `home` and `run_dir` hold is the servers'."""

    data_dir: Path
    home: Path
    run_dir: Path
    account: Account

    @classmethod
    def of(cls, data_dir: Path) -> Layout:
        """Compute the paths for an existing `data_dir`; nothing is created. Raises LaunchError where there is none."""
        data_dir = data_dir.resolve()
        if not data_dir.is_dir():
            raise LaunchError(f"nothing has been started in {data_dir} yet: run `make run` first")
        if data_dir.stat().st_uid != os.geteuid():
            raise LaunchError(f"{data_dir} belongs to another user: choose another folder with OUTBOUND_DATA_DIR")
        account = server_account()
        home = data_dir if account.can_reach(data_dir) else PRIVATE_HOMES / short_hash(data_dir)
        return cls(data_dir, home, _socket_folder(home), account)

    @classmethod
    def prepare(cls, data_dir: Path) -> Layout:
        """Compute the paths, and create the folder itself where it is missing. Raises LaunchError where that fails."""
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LaunchError(f"cannot create {data_dir}: {error.strerror} (see OUTBOUND_DATA_DIR)") from error
        return cls.of(data_dir)

    @property
    def users_lock(self) -> Path:
        """Locked shared by each process that uses the servers."""
        return self.data_dir / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Locked exclusively by whoever starts or stops the servers."""
        return self.data_dir / "start.lock"

    @property
    def log_dir(self) -> Path:
        """Where the servers write their logs."""
        return self.home / "log"

    def make_server_folders(self) -> None:
        """Create the folders the servers need. Call it under the start lock."""
        make_passable_folder(self.home)
        for folder in (self.log_dir, self.run_dir):
            self.account.make_private_folder(folder)

    def remove_server_folders(self) -> None:
        """Delete what the servers keep outside the data folder, where they do."""
        for folder in (self.run_dir, self.home):
            if not folder.is_relative_to(self.data_dir):
                shutil.rmtree(folder, ignore_errors=True)


def _socket_folder(home: Path) -> Path:
    # The kernel takes 107 bytes for the path of a socket (103 on macOS), and each URL dialect escapes in its own way.
    folder = home / "run"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and _SAFE_IN_URLS.fullmatch(str(folder)):
        return folder
    return SHORT_FOLDERS / f"outbound-{short_hash(home)}"
