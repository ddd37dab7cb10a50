"""The embedded Valkey: broker, cache and locks, reached through a unix socket that only its owner can open."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from launcher import binaries
from launcher.errors import LaunchError
from launcher.server import ENVIRONMENT, Server


class Valkey(Server):
    """Valkey (or Redis) with its files in `valkey` of the servers' home."""

    name = "valkey"
    stop_signal = signal.SIGTERM  # flushes the append-only file, then exits
    last_resort = signal.SIGKILL

    @property
    def files(self) -> Path:
        """The folder of the append-only file."""
        return self.layout.home / "valkey"

    @property
    def socket_path(self) -> Path:
        """The unix socket."""
        return self.layout.run_dir / "valkey.sock"

    @property
    def pid_path(self) -> Path:
        """The pid file Valkey writes when it goes to the background."""
        return self.layout.run_dir / "valkey.pid"

    def is_ready(self) -> bool:
        """Tell whether the server answers a PING, which it does once its file is loaded."""
        connection = self.connect()
        if connection is None:
            return False
        with connection:
            try:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def launch(self, *, life_lock: int, durable: bool) -> None:
        """Start the server in the background. Raises LaunchError."""
        account = self.layout.account
        account.make_private_folder(self.files)
        settings = {
            "port": "0",
            "unixsocket": self.socket_path,
            "unixsocketperm": "700",
            "dir": self.files,
            "appendonly": "yes" if durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "logfile": self.log_path,
            "daemonize": "yes",
            "pidfile": self.pid_path,
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        done = subprocess.run(
            [binaries.valkey_program(account), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=(life_lock,),
            start_new_session=True,
            **account.popen_options,
        )
        if done.returncode:
            raise LaunchError(f"valkey did not start: {done.stdout.strip()} {done.stderr.strip()}\n{self.log_tail()}")
