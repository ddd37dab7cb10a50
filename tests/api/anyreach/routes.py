"""Every operation of the dialect, read from its URLconf, so that a new one cannot be left out of a table of tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from api.anyreach.urls import urlpatterns

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


OPERATIONS = sorted(_operations())
WITH_ID = [operation for operation in OPERATIONS if operation.slots]
WRITES = [operation for operation in OPERATIONS if operation.method in ("POST", "PUT", "PATCH")]
TAKES_BODY = [operation for operation in WRITES if not operation.path.endswith(("/start", "/pause", "/close"))]


def name(operation: Operation) -> str:
    return " ".join(operation)
