"""The embedded PostgreSQL: made once per data folder, reached through a unix socket and a password only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from launcher import binaries
from launcher.errors import OWN_SERVERS, LaunchError
from launcher.keys import load_keys
from launcher.server import ENVIRONMENT, Server

ROLE = DATABASE = "app"
SUPERUSER = "postgres"
FREE_BYTES_TO_CREATE = 250_000_000
FREE_BYTES_TO_START = 50_000_000

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "autovacuum": "on",
    # Terse and without statements: both carry the personal data of the row at fault.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}
_FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """PostgreSQL with the cluster in `postgres` of the servers' home."""

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast": ends the sessions, writes a checkpoint
    last_resort = signal.SIGQUIT

    @property
    def cluster(self) -> Path:
        """The folder of the database files."""
        return self.layout.home / "postgres"

    @property
    def socket_path(self) -> Path:
        """The socket; its name is fixed by PostgreSQL from the port number."""
        return self.layout.run_dir / ".s.PGSQL.5432"

    @property
    def pid_path(self) -> Path:
        """PostgreSQL's own lock file."""
        return self.cluster / "postmaster.pid"

    def is_ready(self) -> bool:
        """Tell whether sessions can begin: the server has noted so in its pid file, and is there."""
        try:
            status = self.pid_path.read_text().splitlines()[7:8]
        except FileNotFoundError:
            return False
        connection = self.connect() if [line.strip() for line in status] == ["ready"] else None
        if connection:
            connection.close()
        return connection is not None

    def launch(self, *, life_lock: int, durable: bool) -> None:
        """Make the cluster if it is the first time, then start the server. Raises LaunchError."""
        programs = binaries.postgres_folder(self.layout.account)
        if not self.cluster.exists():
            self._require_space(FREE_BYTES_TO_CREATE)
            self._make_cluster(programs, durable=durable)
        self._require_space(FREE_BYTES_TO_START)
        self._require_same_version(programs)
        # In double quotes, because a comma would separate two folders.
        socket_folder = str(self.layout.run_dir).replace('"', '""')
        settings = {**_SETTINGS, "unix_socket_directories": f'"{socket_folder}"', "port": "5432"}
        settings |= {} if durable else _FAST_AND_FORGETFUL
        server = [programs / "postgres", "-D", self.cluster, *(f"--{name}={value}" for name, value in settings.items())]
        # The shell leaves the server behind as nobody's child, so that a starter who lives on need not bury it.
        self._run(["/bin/sh", "-c", '"$@" >>"$0" 2>&1 </dev/null &', self.log_path, *server], keep_open=life_lock)

    def _make_cluster(self, programs: Path, *, durable: bool) -> None:
        # Under another name until whole, so that an interrupted first start begins anew instead of half-way.
        draft = self.cluster.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.layout.account.make_private_folder(draft)
        keys = load_keys(self.layout.data_dir)
        password = self._pipe_with(keys["superuser_password"])
        try:
            self._run([
                programs / "initdb", "-D", draft, "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8",
                "--auth=scram-sha-256", f"--pwfile=/dev/fd/{password}", *([] if durable else ["--no-sync"]),
            ], keep_open=password)  # fmt: skip
        finally:
            os.close(password)
        # The single-user mode takes the commands on its input: no server, no password in a process list.
        once = [programs / "postgres", "--single", "-j", "-D", draft, "-c", "exit_on_error=true", SUPERUSER]
        self._run(once, text=_first_commands(keys["database_password"]))
        draft.rename(self.cluster)

    def _pipe_with(self, line: str) -> int:
        reader, writer = os.pipe()
        if self.layout.account.dropped:
            os.fchown(reader, self.layout.account.uid, self.layout.account.gid)
        with os.fdopen(writer, "w") as stream:
            stream.write(f"{line}\n")
        return reader

    def _run(self, command: Sequence[object], *, keep_open: int | None = None, text: str = "") -> None:
        done = subprocess.run(
            [str(part) for part in command],
            input=text,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=() if keep_open is None else (keep_open,),
            # Out of reach of the terminal's Ctrl-C: only the launcher stops a server.
            start_new_session=True,
            **self.layout.account.popen_options,
        )
        if done.returncode:
            raise LaunchError(
                f"{Path(str(command[0])).name} failed: {done.stderr.strip() or 'without a word'}\n{self.log_tail()}"
            )

    def _require_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.layout.home).free
        if free < needed:
            raise LaunchError(
                f"only {free >> 20} MB are free in {self.layout.home}, PostgreSQL needs {needed >> 20} MB: free some,"
                f" choose another folder with OUTBOUND_DATA_DIR, or {OWN_SERVERS}"
            )

    def _require_same_version(self, programs: Path) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text().strip()
        told = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
        version = told.stdout.split()[2].split(".")[0]
        if made_by != version:
            raise LaunchError(
                f"{self.cluster} was made by PostgreSQL {made_by}, this is {version}: start anew with `make clean`,"
                f" or {OWN_SERVERS}"
            )


def _first_commands(password: str) -> str:
    # The application is no superuser: policies and limits of the database hold for it as they will in production.
    return f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}';\n\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n\n"
