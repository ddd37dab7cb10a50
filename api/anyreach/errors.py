"""Say what went wrong in the dialect's one shape: ``{"detail": "…"}``.

400 what cannot be done, 404 what is not there, 409 what the state forbids, 422 what the request itself gets wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

from api.anyreach.words import STATUS_WORDS
from campaigns.exceptions import ForeignReference
from lib.errors import DomainError, InvalidField
from lib.lifecycle import TransitionRefused
from targets.upsert_rows import InvalidRows, RowFault

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5
_MOST_TOLD = 20
# Domain fields that have another name in the dialect.
_PROPERTIES: Mapping[str, str] = {
    "default_timezone": "schedule.default_timezone",
    "windows": "schedule.default_windows",
    "overrides": "schedule.overrides",
    "first_call_windows": "schedule.scheduled_windows",
    "first_call_overrides": "schedule.scheduled_overrides",
    "agent_external_id": "agent_id",
    "configuration": "configuration_id",
    "phones": "phone_numbers",
}
_STATUS_OF_CODE: Mapping[str, int] = {
    "campaign_not_found": status.HTTP_404_NOT_FOUND,
    "configuration_in_use": status.HTTP_409_CONFLICT,
    "configuration_not_found": status.HTTP_404_NOT_FOUND,
    "duplicate_external_id": status.HTTP_409_CONFLICT,
    "target_in_contact": status.HTTP_409_CONFLICT,
    "target_not_found": status.HTTP_404_NOT_FOUND,
}


class Unprocessable(APIException):
    """Say which parts of a request are not acceptable, and why."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    @classmethod
    def of(cls, errors: Any) -> Unprocessable:
        """Say in one text what a serializer found wrong."""
        return cls(_listed(list(_faults("", errors))))


class BadRequest(APIException):
    """Say that what was asked cannot be done."""

    status_code = status.HTTP_400_BAD_REQUEST


def _faults(place: str, errors: Any) -> Iterator[str]:
    if isinstance(errors, ErrorDetail):
        yield f"{place}: {errors}" if place else str(errors)
    elif isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from _faults(place if name == "non_field_errors" else _within(place, name), inner)
    else:
        for index, inner in enumerate(errors):
            # A list of messages is about one value; a list of mappings has one for each item of a list.
            yield from _faults(place if isinstance(inner, ErrorDetail) else f"{place}[{index}]", inner)


def _fault_of_row(row: int, fault: RowFault) -> str:
    place = "" if fault.place is None else f"[{fault.place}]"
    return f"contacts[{row}].{_PROPERTIES.get(fault.field, fault.field)}{place}: {fault.reason}"


def _listed(faults: Sequence[str]) -> str:
    more = [f"and {len(faults) - _MOST_TOLD} more"] if len(faults) > _MOST_TOLD else []
    return "; ".join([*faults[:_MOST_TOLD], *more])


def _within(place: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{place}[{name}]"
    return f"{place}.{name}" if place else name


def answer_error(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an exception a view raised; None for a fault of ours, which becomes a 500."""
    translated = _translated(error)
    return exception_handler(translated, dict(context)) if translated else None


def _translated(error: Exception) -> APIException | None:
    match error:
        case ParseError():
            return Unprocessable(error.detail)
        case TooManyFieldsSent():
            return Unprocessable("Too many query parameters.")
        case APIException():
            return error
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden()
        case DomainError():
            return _of_domain(error)
        case DataError():
            log.warning("api.unstorable_value", exc_info=error)
            return BadRequest("A value cannot be stored.")
        case OperationalError() | InterfaceError():
            log.warning("api.database_unavailable", error=type(error).__name__)
            return _unavailable()
    return None


def _of_domain(error: DomainError) -> APIException:
    match error:
        case InvalidField():
            return Unprocessable(f"{_PROPERTIES.get(error.field, error.field)}: {error.reason}")
        case ForeignReference():
            property_ = _PROPERTIES.get(error.field, error.field)
            return Unprocessable(f"{property_}: there is no such {error.field}")
        case InvalidRows():
            return Unprocessable(_listed([_fault_of_row(row, fault) for row, fault in sorted(error.faults.items())]))
        case TransitionRefused():
            current, wanted = (STATUS_WORDS.get(word, word) for word in (error.current, error.wanted))
            return BadRequest(f"A {current} {error.subject} cannot become {wanted}.")
    refusal = APIException(error.message)
    refusal.status_code = _STATUS_OF_CODE.get(error.code, status.HTTP_400_BAD_REQUEST)
    return refusal


def _unavailable() -> APIException:
    error = APIException("The service is busy or restarting: try again.")
    error.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    error.wait = RETRY_AFTER_SECONDS  # type: ignore[attr-defined]  # DRF turns `wait` into Retry-After on any exception
    return error
