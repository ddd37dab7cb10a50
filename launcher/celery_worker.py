"""`python -m launcher.celery_worker ARGUMENT…`: Celery's command, whose worker says so when it takes tasks.

Celery tells that in its log only, which the chosen log level may silence. And it warns of root at length; here root is
the owner of a container, and the worker takes nothing but JSON.
"""

from __future__ import annotations

import warnings
from typing import Any

from celery.__main__ import main
from celery.exceptions import SecurityWarning
from celery.signals import worker_ready

from launcher.programs import WORKER_IS_READY


def _say_ready(**_sender: Any) -> None:
    print(WORKER_IS_READY, flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", SecurityWarning)
    worker_ready.connect(_say_ready)
    main()
