"""Every operation of the dialect, read from its URLconf, so that a new one cannot be left out of a table of tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from api.umanize.urls import urlpatterns

ANY_ID = "00000000-0000-4000-8000-000000000000"


class Operation(NamedTuple):
    method: str
    path: str  # with <name> where an id goes

    def at(self, **ids: object) -> str:
        """Return the path with ids in it; those not given lead to nothing."""
        return re.sub(r"<(\w+)>", lambda slot: str(ids.get(slot[1], ANY_ID)), self.path)

    @property
    def slots(self) -> list[str]:
        return re.findall(r"<(\w+)>", self.path)


def _operations() -> Iterator[Operation]:
    for pattern in urlpatterns:
        path = "/" + re.sub(r"<\w+:(\w+)>", r"<\1>", str(pattern.pattern))
        view: Any = pattern.callback
        for method in view.view_class().allowed_methods:
            if method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                yield Operation(method, path)


EVERY_OPERATION = sorted(_operations())
LOGINS = [operation for operation in EVERY_OPERATION if operation.path.startswith("/auth/")]
OPERATIONS = [operation for operation in EVERY_OPERATION if operation not in LOGINS]
READS = [operation for operation in OPERATIONS if operation.method == "GET"]
WRITES = [operation for operation in OPERATIONS if operation.method in ("POST", "PATCH")]
UPLOADS = [operation for operation in WRITES if operation.path.endswith(":import")]
POSTS = [operation for operation in WRITES if operation not in UPLOADS]
WITH_ID = [operation for operation in OPERATIONS if operation.slots]


def name(operation: Operation) -> str:
    return " ".join(operation)
