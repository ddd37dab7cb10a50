"""Every operation as the served documents declare it, so that a new one cannot be left out of a table of tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from config.urls import DOCUMENTS

# What the dialects call rows in paths that `tests.api.fuzz.population` calls otherwise.
SLOTS: Mapping[str, Mapping[str, str]] = {
    "umanize": {},
    "agentalk": {"contact_id": "customer_id"},
    "anyreach": {"id": "used_campaign"},
}
JSON = "application/json"


class Declared(NamedTuple):
    """An operation of a dialect: its method in capitals, its path with {name} for ids, and what is declared."""

    dialect: str
    method: str
    path: str
    operation: Mapping[str, Any]
    document: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.dialect} {self.method} {self.path}"

    def at(self, ids: Mapping[str, str], **others: str) -> str:
        """Return the path with ids in it; `others` go where they are named."""
        slots = SLOTS[self.dialect]
        return re.sub(r"{(\w+)}", lambda slot: others.get(slot[1]) or ids[slots.get(slot[1], slot[1])], self.path)

    @property
    def slots(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def writes(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH")

    @property
    def takes_file(self) -> bool:
        return bool(self._contents) and JSON not in self._contents

    @property
    def takes_json(self) -> bool:
        return JSON in self._contents

    @property
    def properties(self) -> dict[str, dict[str, Any]]:
        """Return the schemas of what a body may have, by name; of one that takes none, nothing."""
        if not self.takes_json:
            return {}
        found: dict[str, dict[str, Any]] = self.resolved(self._contents[JSON]["schema"]).get("properties", {})
        return {name: self.resolved(schema) for name, schema in found.items()}

    @property
    def query(self) -> dict[str, dict[str, Any]]:
        """Return the schemas of the query parameters, by name."""
        parameters = [self.resolved(parameter) for parameter in self.operation.get("parameters", [])]
        return {p["name"]: self.resolved(p["schema"]) for p in parameters if p["in"] == "query"}

    def resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a reference leads to, and anything else as it is."""
        found: Any = schema
        while "$ref" in found:
            _root, _components, kind, name = found["$ref"].split("/")
            found = self.document["components"][kind][name]
        return dict(found)

    @property
    def _contents(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.operation.get("requestBody", {}).get("content", {})
        return content


def every_operation() -> Iterator[Declared]:
    for served in DOCUMENTS:
        document = json.loads(served.text())
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                yield Declared(served.name, method.upper(), path, operation, document)


EVERY_OPERATION = list(every_operation())
