"""Decide which account the servers run under: the caller's, or `nobody` in place of root.

PostgreSQL refuses to run as root. Rights of existing files are never changed; where `nobody` cannot reach the data
folder, the servers get a folder of their own (see `paths`).
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.errors import OWN_SERVERS, LaunchError


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that own the servers' files; `dropped` tells that this is not the caller."""

    uid: int
    gid: int
    dropped: bool

    @property
    def popen_options(self) -> dict[str, Any]:
        """Return what makes `subprocess` start a program under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.dropped else {}

    def can_reach(self, path: Path) -> bool:
        """Tell whether this account may pass through `path` and every folder above it, judged by the mode bits."""
        return not self.dropped or all(map(self._may_pass, [path.resolve(), *path.resolve().parents]))

    def _may_pass(self, path: Path) -> bool:
        status = path.stat()
        bit = stat.S_IXUSR if status.st_uid == self.uid else stat.S_IXOTH
        return bool(status.st_mode & bit)

    def make_private_folder(self, path: Path) -> None:
        """Create the folder `path` for this account alone, or check that it is exactly that.

        The check matters under /tmp, where a stranger may have put a folder or a link of that name.
        """
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            pass
        else:
            self.own(path)
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != self.uid or status.st_mode & 0o077:
            raise LaunchError(
                f"{path} must be a folder of user {self.uid} that nobody else can enter: remove it and start again"
            )

    def own(self, path: Path) -> None:
        """Give a path that this process has just created to the account."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Return the account the servers run under when started by this process."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), dropped=False)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise LaunchError(f"PostgreSQL must not run as root and there is no user nobody: {OWN_SERVERS}") from None
    return Account(nobody.pw_uid, nobody.pw_gid, dropped=True)


def make_passable_folder(path: Path) -> None:
    """Create the folder `path`, and those above it, so that every account may pass through, whatever the umask."""
    if not path.exists():
        make_passable_folder(path.parent)
        path.mkdir()
        path.chmod(0o755)
