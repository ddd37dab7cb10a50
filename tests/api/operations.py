"""Every operation of a dialect, read from its URLconf, so that a new one cannot be left out of a table of tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern

ANY_ID = "00000000-0000-4000-8000-000000000000"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Operation(NamedTuple):
    method: str
    path: str  # with <name> where an id goes
    view: type[Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def at(self, **ids: object) -> str:
        """Return the path with ids in it; those not given lead to nothing."""
        return re.sub(r"<(\w+)>", lambda slot: str(ids.get(slot[1], ANY_ID)), self.path)

    @property
    def slots(self) -> list[str]:
        return re.findall(r"<(\w+)>", self.path)


def operations_of(patterns: Iterable[URLPattern], prefix: str) -> Iterator[Operation]:
    """Yield the operations of patterns that are mounted under `prefix`."""
    for pattern in patterns:
        path = prefix + re.sub(r"<\w+:(\w+)>", r"<\1>", str(pattern.pattern))
        view: Any = pattern.callback
        for method in view.view_class().allowed_methods:
            if method in _METHODS:
                yield Operation(method, path, view.view_class)


def name(operation: Operation) -> str:
    return str(operation)
