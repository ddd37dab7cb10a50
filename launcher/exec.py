"""`python -m launcher exec -- COMMAND`: run one command on the embedded servers, in the environment of `make run`."""

from __future__ import annotations

import contextlib
import subprocess

from launcher.errors import LaunchError
from launcher.paths import CHECKOUT, default_data_dir
from launcher.programs import servers_from_environment
from launcher.stack import running_environment


def main(arguments: list[str]) -> int:
    """Run the command in the checkout and return its exit status. Raises LaunchError."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        raise LaunchError("usage: python -m launcher exec -- COMMAND [ARGUMENT …]")
    with running_environment(default_data_dir(), own_servers=servers_from_environment()) as environment:
        try:
            process = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
        except OSError as error:
            raise LaunchError(f"cannot run {command[0]}: {error.strerror}") from error
        return _wait(process)


def _wait(process: subprocess.Popen[bytes]) -> int:
    while True:
        # Ctrl-C is for the command, which got it too: a shell or a test run ends when it sees fit.
        with contextlib.suppress(KeyboardInterrupt):
            status = process.wait()
            return status if status >= 0 else 128 - status
