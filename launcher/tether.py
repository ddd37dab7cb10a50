"""Tie a program to the process that starts it: `python tether.py PARENT PROGRAM ARGUMENT…`.

Asks the kernel to send this process SIGTERM when its parent dies, even by kill -9, and becomes the program, which
inherits the request. It is a program of its own because the alternative, `preexec_fn`, runs Python between fork and
exec, which can deadlock in a process with threads. Linux only. To the kernel the parent is the thread that started
us, so the supervisor keeps each such thread for as long as its program lives.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent and become the program. Exits where the parent has died already."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        sys.exit("the process that started this one is gone")
    os.execvp(program[0], program)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
