"""Say what went wrong in the dialect's two shapes.

What the request itself gets wrong is a 422 ``{"detail": [{"loc": ["body", "name"], "msg": …, "type": …}]}``;
everything else is ``{"detail": "…"}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, TooManyFieldsSent
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, ParseError
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.response import Response
from rest_framework.views import exception_handler

from api.idempotency import HEADER, KeyReused
from api.umanize.serializers.campaigns import STATUS_WORDS
from campaigns.exceptions import ForeignReference
from campaigns.goals import InvalidGoal
from lib.errors import DomainError, InvalidField
from lib.lifecycle import TransitionRefused
from organizations.exceptions import ChooseOrganization
from providers.base import ProviderError

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5
# What clients of the vendor know some of our codes as.
_TYPES: Mapping[str, str] = {"required": "missing", "invalid_choice": "enum", "not_a_list": "list_type"}
# Domain fields that have another name in the dialect.
_PROPERTIES: Mapping[str, str] = {"working_hours": "call_working_hours"}
_REFERENCES = ("agent", "assigned_agent", "customer_agent", "phone_number", "email_channel", "whatsapp_channel")
_STATUS_OF_CODE: Mapping[str, int] = {
    "foreign_reference": status.HTTP_404_NOT_FOUND,
    "foreign_campaign": status.HTTP_404_NOT_FOUND,
    "campaign_not_found": status.HTTP_404_NOT_FOUND,
    "attempts_under_way": status.HTTP_409_CONFLICT,
    "campaign_closed": status.HTTP_409_CONFLICT,
    "campaign_not_open": status.HTTP_409_CONFLICT,
    "customer_not_found": status.HTTP_404_NOT_FOUND,
    "duplicate_customer_id": status.HTTP_409_CONFLICT,
    "duplicate_external_id": status.HTTP_409_CONFLICT,
    "duplicate_number": status.HTTP_409_CONFLICT,
    "duplicate_stage": status.HTTP_409_CONFLICT,
    "import_not_found": status.HTTP_404_NOT_FOUND,
    "invalid_login": status.HTTP_401_UNAUTHORIZED,
    "invalid_refresh_token": status.HTTP_401_UNAUTHORIZED,
    "no_address": status.HTTP_400_BAD_REQUEST,
    "not_a_member": status.HTTP_403_FORBIDDEN,
    "not_ready": status.HTTP_409_CONFLICT,
    "resource_in_use": status.HTTP_409_CONFLICT,
    "resource_not_found": status.HTTP_404_NOT_FOUND,
    "restore_conflict": status.HTTP_409_CONFLICT,
    "stage_not_found": status.HTTP_404_NOT_FOUND,
    "system_stage": status.HTTP_409_CONFLICT,
    "target_not_found": status.HTTP_404_NOT_FOUND,
    "too_many_stages": status.HTTP_409_CONFLICT,
    "transition_refused": status.HTTP_409_CONFLICT,
}

Location = tuple[str | int, ...]


class Unprocessable(APIException):
    """Say which parts of a request are not acceptable, and why."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__("The request is not valid.")
        self.faults = faults

    @classmethod
    def at(cls, place: Location, message: str, kind: str) -> Unprocessable:
        return cls([_fault(place, message, kind)])

    @classmethod
    def of(cls, root: str, errors: Any) -> Unprocessable:
        """Say what a serializer found wrong with the part of the request called `root`: body, query, path or header."""
        return cls(list(_faults((root,), errors)))


def _fault(place: Location, message: str, kind: str) -> dict[str, Any]:
    return {"loc": list(place), "msg": message, "type": kind}


def _faults(place: Location, errors: Any) -> Iterator[dict[str, Any]]:
    if isinstance(errors, ErrorDetail):
        code = errors.code or "invalid"
        yield _fault(place, str(errors), _TYPES.get(code, code))
    elif isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from _faults(place if name == "non_field_errors" else (*place, name), inner)
    else:
        for index, inner in enumerate(errors):
            # A list of messages is about one value; a list of mappings has one for each item of a list.
            yield from _faults(place if isinstance(inner, ErrorDetail) else (*place, index), inner)


def answer_error(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an exception a view raised; None for a fault of ours, which becomes a 500."""
    translated = _translated(error)
    if translated is None:
        return None
    response = exception_handler(translated, dict(context))
    if response is not None and isinstance(translated, Unprocessable):
        response.data = {"detail": translated.faults}
    return response


def _translated(error: Exception) -> APIException | None:
    match error:
        case ParseError():
            return Unprocessable.at(("body",), str(error.detail), "json_invalid")
        case TooManyFieldsSent():
            return Unprocessable.at(("query",), "Too many parameters.", "too_long")
        case KeyReused():
            return Unprocessable.at(("header", HEADER), str(error.detail), error.default_code)
        case APIException():
            return error
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden()
        case DomainError():
            return _of_domain(error)
        case ProviderError():
            log.warning("api.provider_unavailable", permanent=error.permanent)
            return _unavailable("A service this needs does not answer: try again.")
        case DataError():
            log.warning("api.unstorable_value", exc_info=error)
            return _answer(status.HTTP_400_BAD_REQUEST, "A value cannot be stored.")
        case OperationalError() | InterfaceError():
            log.warning("api.database_unavailable", error=type(error).__name__)
            return _unavailable()
    return None


def _of_domain(error: DomainError) -> APIException:
    match error:
        case InvalidField():
            return Unprocessable.at(("body", _property(error.field)), error.reason, "value_error")
        case InvalidGoal():
            return Unprocessable([{**e, "loc": ["body", "goal_spec", *e["loc"]]} for e in error.errors])
        case ChooseOrganization():
            return Unprocessable.at(("body", "organization"), error.message, "missing")
        case ForeignReference():
            return _answer(status.HTTP_404_NOT_FOUND, f"{_property(error.field)}: not found.")
        case TransitionRefused():
            current, wanted = (STATUS_WORDS.get(word, word) for word in (error.current, error.wanted))
            return _answer(status.HTTP_409_CONFLICT, f"A {current} {error.subject} cannot become {wanted}.")
    return _answer(_STATUS_OF_CODE.get(error.code, status.HTTP_400_BAD_REQUEST), error.message)


def _property(field: str) -> str:
    return f"{field}_id" if field in _REFERENCES else _PROPERTIES.get(field, field)


def _answer(status_code: int, detail: str) -> APIException:
    error = APIException(detail)
    error.status_code = status_code
    return error


def _unavailable(detail: str = "The service is busy or restarting: try again.") -> APIException:
    error = _answer(status.HTTP_503_SERVICE_UNAVAILABLE, detail)
    error.wait = RETRY_AFTER_SECONDS  # type: ignore[attr-defined]  # DRF turns `wait` into Retry-After on any exception
    return error
