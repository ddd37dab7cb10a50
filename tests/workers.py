"""Let several workers of one test session share the servers without meeting there.

pytest-django gives each worker a database of its own in PostgreSQL. Here each gets databases of its own in Valkey.
"""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping

_NUMBERS_PER_WORKER = 2
_DATABASES = 16  # what Valkey and Redis have unless told otherwise
# The spellings of Celery, kombu and redis-py.
_NUMBER = re.compile(r"(?<=[?&]virtual_host=)\d+|(?<=[?&]db=)\d+|(?<=/)\d+$")
# The lowest numbers stay with sessions of one process and what they start.
_FIRST = {"REDIS_URL": 4, "CACHE_URL": 5}


def keep_apart(environment: MutableMapping[str, str]) -> None:
    """Point the worker of pytest-xdist that this process is, if it is one, to databases in Valkey for it alone."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if not worker:
        return
    for name, first in _FIRST.items():
        number = first + _NUMBERS_PER_WORKER * int(worker)
        if number >= _DATABASES:
            raise RuntimeError(f"Valkey has no database left for worker {worker}: take fewer than {int(worker) + 1}")
        environment[name] = numbered(environment.get(name) or environment["REDIS_URL"], number)


def numbered(url: str, number: int) -> str:
    """Return the URL of another database of the same server. Raises ValueError for a URL that names none."""
    changed, found = _NUMBER.subn(str(number), url)
    if found != 1:
        raise ValueError(f"no number of a database in {url.rpartition('@')[2]}")
    return changed
