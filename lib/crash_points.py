"""Die at a named place, to prove that dying there harms nothing. A no-op unless armed.

The variable `CRASH_POINTS` arms them for a process: ``W5:3`` kills it at the third passage of W5, ``W5:0.01`` at each
passage with that probability; several are separated by commas. `CRASH_LOG` names a file that gets the name of the
point, one line a death. docs/reliability.md lists the points.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping

Hook = Callable[[str], None]

_hook: Hook | None = None


def crash_point(name: str) -> None:
    """Mark the place `name` in the code."""
    if _hook is not None:
        _hook(name)


def install(hook: Hook | None) -> None:
    """Call `hook` with the name of every point that is passed; None disarms."""
    global _hook
    _hook = hook


def armed_by(environment: Mapping[str, str]) -> Hook | None:
    """Return what the variables above ask for, None where they ask for nothing. Raises ValueError."""
    plan = environment.get("CRASH_POINTS", "")
    if not plan:
        return None
    chances: dict[str, float] = {}
    passages: dict[str, int] = {}
    for entry in plan.split(","):
        name, _separator, when = entry.strip().partition(":")
        if when.isdigit() and int(when) > 0:
            passages[name] = int(when)
        else:
            chances[name] = float(when)
    return _killer(chances, passages, environment.get("CRASH_LOG", ""))


def _killer(chances: Mapping[str, float], passages: Mapping[str, int], log_path: str) -> Hook:
    lock = threading.Lock()
    passed: Counter[str] = Counter()

    def kill_when_due(name: str) -> None:
        with lock:
            passed[name] += 1
            due = passed[name] == passages.get(name) or random.random() < chances.get(name, 0.0)  # noqa: S311 - no secret
            if due:
                _note(log_path, name)
                os.kill(os.getpid(), signal.SIGKILL)

    return kill_when_due


def _note(log_path: str, name: str) -> None:
    if log_path:
        descriptor = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, f"{name}\n".encode())
        os.close(descriptor)
