"""The three dialects as a fuzzer sees them: a document, a credential that may do everything, a shape of errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from organizations.models import Organization
from tests.api.agentalk.client import token_of as agentalk_token_of
from tests.api.anyreach.client import key_of as anyreach_key_of
from tests.api.umanize.client import token_of as umanize_token_of

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect: `is_error` says whether an answer of 400 or more has its shape, by status and body."""

    name: str
    headers_of: Callable[[Organization], Headers]
    is_error: Callable[[int, Any], bool]

    @property
    def document(self) -> str:
        """Return where the document is served."""
        return f"/schema/{self.name}.json"


def _is_detail(answer: Any) -> bool:
    return isinstance(answer, dict) and set(answer) == {"detail"} and isinstance(answer["detail"], str)


def _is_umanize_error(status: int, answer: Any) -> bool:
    if status != 422:
        return _is_detail(answer)
    faults = answer.get("detail") if isinstance(answer, dict) else None
    return isinstance(faults, list) and bool(faults) and all(_is_fault(fault) for fault in faults)


def _is_fault(fault: Any) -> bool:
    known = isinstance(fault, dict) and {"loc", "msg", "type"} <= set(fault)
    return known and fault["loc"][:1] in (["body"], ["query"], ["path"], ["header"])


def _is_agentalk_error(status: int, answer: Any) -> bool:
    return _is_detail(answer) or (status == 400 and _names_faults(answer))


def _names_faults(answer: Any) -> bool:
    if isinstance(answer, list):
        return bool(answer) and all(isinstance(message, str) for message in answer)
    return isinstance(answer, dict) and bool(answer) and all(_names_faults(inner) for inner in answer.values())


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("umanize", lambda acme: {"X-API-Key": umanize_token_of(acme)}, _is_umanize_error),
        Dialect("agentalk", lambda acme: {"Authorization": f"Bearer {agentalk_token_of(acme)}"}, _is_agentalk_error),
        Dialect(
            "anyreach",
            lambda acme: {"Authorization": f"Bearer {anyreach_key_of(acme)}"},
            lambda _status, answer: _is_detail(answer),
        ),
    )
}
