"""`python -m tests.faults.nest WORKERS BEATS FOLDER`: keep real Celery workers and beats alive by forking them.

Everything is imported once and each process forked from there, so that one that was killed is back in a fraction of a
second; hundreds of deaths would otherwise be hundreds of starts of Python. Apart from that each is what
`celery -A config worker -P threads` runs. `FAULTS_HOOK` names a function ``module:name`` to be called in each worker.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import os
import signal
import sys
import time
import warnings
from types import FrameType

from celery.signals import worker_ready

from launcher.programs import QUEUES, WORKER_IS_READY

THREADS = 2
_POLL_SECONDS = 0.05
# What a worker imports when it starts, and when it first has something to do.
_LOADED = (
    "celery.apps.worker", "celery.apps.beat", "celery.concurrency.thread", "kombu.transport.redis",
    "elevenlabs.client", "providers.elevenlabs.voice", "providers.analysis.openai_compatible",
)  # fmt: skip


def main(workers: int, beats: int, folder: str) -> None:
    """Start as many of each and put a new one in the place of each that dies, until this process is ended."""
    faulthandler.register(signal.SIGUSR2)  # prints where every thread is; each fork inherits it
    _load()
    signal.signal(signal.SIGTERM, _end)
    nest: dict[int, str] = {}
    for name in [*(f"worker-{n}" for n in range(workers)), *(f"beat-{n}" for n in range(beats))]:
        nest[_fork(name, folder)] = name
    sys.stdout.write(f"{WORKER_IS_READY}\n")
    sys.stdout.flush()
    while True:
        pid, _status = os.waitpid(-1, os.WNOHANG)
        if pid:
            name = nest.pop(pid)
            nest[_fork(name, folder)] = name
        else:
            time.sleep(_POLL_SECONDS)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.killpg(0, signal.SIGKILL)


def _load() -> None:
    import django

    django.setup()
    from config.celery import app

    app.loader.import_default_modules()
    app.finalize()
    for name in _LOADED:
        importlib.import_module(name)
    gc.freeze()


def _fork(name: str, folder: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _work(name, folder)
    finally:
        os._exit(1)


def _work(name: str, folder: str) -> None:
    from config.celery import app

    if name.startswith("beat"):
        app.Beat(schedule=os.path.join(folder, f"{name}-schedule"), quiet=True, pidfile=None).run()  # noqa: PTH118 - Celery wants text
        return
    if hook := os.environ.get("FAULTS_HOOK"):
        module, _, function = hook.partition(":")
        getattr(importlib.import_module(module), function)()
    warnings.simplefilter("ignore")
    worker = app.Worker(
        hostname=f"{name}@here", pool_cls="threads", concurrency=THREADS, queues=QUEUES,
        without_gossip=True, without_mingle=True, without_heartbeat=True, quiet=True, loglevel="WARNING",
    )  # fmt: skip
    worker_ready.connect(lambda **_: None)
    worker.start()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
