"""Say what went wrong as DRF does: ``{"detail": "…"}``, or ``{"contactIds": ["…"]}`` for what a request gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, TooManyFieldsSent
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.response import Response
from rest_framework.views import exception_handler

from api.agentalk.fields import camel
from api.agentalk.serializers.campaigns import STATUS_WORDS
from campaigns.exceptions import ForeignReference
from lib.errors import DomainError, InvalidField
from lib.lifecycle import TransitionRefused

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5
# Codes whose answer is not 400.
_STATUS_OF_CODE: Mapping[str, int] = {
    "campaign_not_found": status.HTTP_404_NOT_FOUND,
    "customer_not_found": status.HTTP_404_NOT_FOUND,
}


def answer_error(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an exception a view raised; None for a fault of ours, which becomes a 500.

    The view's `properties` say what the domain's fields are called in the operation.
    """
    translated = _translated(error, getattr(context["view"], "properties", {}))
    return exception_handler(translated, dict(context)) if translated is not None else None


def _translated(error: Exception, properties: Mapping[str, str]) -> APIException | None:
    match error:
        case TooManyFieldsSent():
            return _answer(status.HTTP_400_BAD_REQUEST, "Too many query parameters.")
        case APIException():
            return error
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden()
        case DomainError():
            return _of_domain(error, properties)
        case DataError():
            log.warning("api.unstorable_value", error=type(error).__name__)
            return _answer(status.HTTP_400_BAD_REQUEST, "A value cannot be stored.")
        case OperationalError() | InterfaceError():
            log.warning("api.database_unavailable", error=type(error).__name__)
            return _unavailable()
    return None


def _of_domain(error: DomainError, properties: Mapping[str, str]) -> APIException:
    match error:
        case InvalidField():
            return ValidationError({properties.get(error.field, camel(error.field)): [error.reason]})
        case ForeignReference():
            return ValidationError({properties.get(error.field, camel(error.field)): ["Not found."]})
        case TransitionRefused():
            current, wanted = (STATUS_WORDS.get(word, word) for word in (error.current, error.wanted))
            return _answer(status.HTTP_400_BAD_REQUEST, f"A campaign that is {current} cannot become {wanted}.")
    answer = _STATUS_OF_CODE.get(error.code, status.HTTP_400_BAD_REQUEST)
    return NotFound() if answer == status.HTTP_404_NOT_FOUND else _answer(answer, error.message)


def _answer(status_code: int, detail: str) -> APIException:
    error = APIException(detail)
    error.status_code = status_code
    return error


def _unavailable() -> APIException:
    error = _answer(status.HTTP_503_SERVICE_UNAVAILABLE, "The service is busy or restarting: try again.")
    error.wait = RETRY_AFTER_SECONDS  # type: ignore[attr-defined]  # DRF turns `wait` into Retry-After on any exception
    return error
