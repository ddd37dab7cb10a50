"""`make run`: everything in one terminal until Ctrl-C."""

from __future__ import annotations

import shlex
import signal
from typing import NoReturn

from launcher.console import Console
from launcher.keys import write_privately
from launcher.paths import CHECKOUT, default_data_dir
from launcher.ports import port_from_environment
from launcher.programs import servers_from_environment
from launcher.stack import Stack, running_stack


def main(_arguments: list[str]) -> int:
    """Run the system until it is interrupted, which is 0, or a program keeps failing. Raises LaunchError."""
    heed_signals()
    print("Starting; the first time takes a few seconds more …", flush=True)
    try:
        with running_stack(
            default_data_dir(),
            own_servers=servers_from_environment(),
            port=port_from_environment(),
            output=Console().write,
        ) as stack:
            _introduce(stack)
            wait_for_the_end(stack)
    except KeyboardInterrupt:
        print("Interrupted.")
        return 130
    print("Stopped.")
    return 0


def heed_signals() -> None:
    """Make SIGINT, SIGTERM and a closed terminal end this process alike: by KeyboardInterrupt, in good order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # `nohup make run` has asked for SIGHUP to be ignored; a script that runs us in the background, for SIGINT.
        if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def wait_for_the_end(stack: Stack) -> None:
    """Return when a signal asks to stop. Raises LaunchError when a program is given up.

    From then on signals are ignored: a second Ctrl-C must not leave half of the programs behind.
    """
    try:
        stack.supervisor.failed.wait()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    stack.supervisor.check()


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _introduce(stack: Stack) -> None:
    seed = stack.seed
    variables = {"BASE": stack.base_url, "KEY": seed["api_key"], "CAMPAIGN": seed["campaign_id"]}
    file = stack.data_dir / "env"
    write_privately(file, "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
    shown = file.relative_to(CHECKOUT) if file.is_relative_to(CHECKOUT) else file
    print(f"""
  Ready.       {stack.base_url}/admin/
  Log in with  {seed["admin_email"]} / {seed["admin_password"]}
  API key      {seed["api_key"]}  (organization {seed["organization"]})
  Try it       . {shown}; curl -H "X-API-Key: $KEY" $BASE/campaigns/$CAMPAIGN
  Stop         Ctrl-C
""", flush=True)  # fmt: skip
