"""Judge an answer: by the dialect's document, by the shape of its errors, and by whose it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Set
from typing import Any

from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks

from tests.api.fuzz.dialects import Dialect
from tests.api.fuzz.population import MARK

_CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def faults_of(
    case: Case[Any], response: Response, *, dialect: Dialect, sent: str, foreign: Set[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an answer as (sort of fault, what it is); `foreign` are ids nobody here may see."""
    # In every dialect a null may stand for what is left out, whatever the type says.
    strict = [] if _holds_null(case.body) else [checks.negative_data_rejection]
    try:
        case.validate_response(response, checks=[*_CHECKS, *strict])
    except FailureGroup as group:
        for fault in group.exceptions:
            yield type(fault).__name__, _message(fault)
    if response.status_code >= 400 and not _has_shape(dialect, response):
        yield "shape of errors", "not the dialect's"
    if MARK in response.text and MARK not in sent:
        yield "another tenant", "a text of globex's"
    if (set(_UUID.findall(response.text)) & foreign) - set(_UUID.findall(sent)):
        yield "another tenant", "an id of globex's"


def _has_shape(dialect: Dialect, response: Response) -> bool:
    try:
        return dialect.is_error(response.status_code, json.loads(response.content))
    except ValueError:
        return False


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_null(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_holds_null(inner) for inner in value)
    return value is None


def _message(fault: Exception) -> str:
    told = fault.message if isinstance(fault, Failure) else str(fault)
    return re.sub(r"\s+", " ", told)
