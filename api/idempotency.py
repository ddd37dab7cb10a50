"""Do the work of a POST with an Idempotency-Key once, and answer every repetition with what was answered first.

The work of a request and its answer are committed together, so a crash leaves neither. Answers that ask the client to
try again (409, 429, 5xx) are not kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api.caller import Caller
from lib.crash_points import crash_point
from organizations.services.idempotency import (
    Claim,
    KeyedRequest,
    Refusal,
    StoredAnswer,
    claim_key,
    release_key,
    store_answer,
)

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
RETRY_AFTER_SECONDS = 2
KEY_PATTERN = r"[!-~]([ -~]{0,253}[!-~])?"
_ACCEPTABLE = re.compile(KEY_PATTERN)
_KEPT_HEADERS = ("Content-Type", "Location")
_TO_BE_RETRIED = (status.HTTP_409_CONFLICT, status.HTTP_429_TOO_MANY_REQUESTS)

Work = Callable[[], HttpResponse]
Failed = Callable[[Exception], HttpResponse]


class IdempotencyError(APIException):
    """The base of what can be wrong with an Idempotency-Key; `default_code` says what."""


class MalformedKey(IdempotencyError):
    """Say that the header is no key."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = f"{HEADER} must be 1 to 255 visible ASCII characters."
    default_code = "idempotency_key_malformed"


class KeyReused(IdempotencyError):
    """Say that the key stands for another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = f"This {HEADER} was used for another request: use a new one."
    default_code = "idempotency_key_reused"


class KeyInUse(IdempotencyError):
    """Say that the first request with this key has no answer yet."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = f"The first request with this {HEADER} is still running: try again."
    default_code = "idempotency_key_in_use"
    wait = RETRY_AFTER_SECONDS  # DRF turns it into Retry-After


def answer_once(
    request: Request, caller: Caller, dialect: str, work: Work, failed: Failed, *, together: bool
) -> HttpResponse:
    """Return what `work` answers, or what it answered the first time.

    `work` returns a rendered answer; `failed` makes one of an exception, or raises it again. With `together` the work
    and its answer are one transaction, which is right for everything but work that leaves the database.
    """
    claimed = claim_key(_keyed(request, caller, dialect))
    match claimed:
        case StoredAnswer():
            return _replay(claimed)
        case Refusal.REUSED:
            raise KeyReused
        case Refusal.RUNNING:
            raise KeyInUse
    crash_point("A1")
    try:
        response = _work_together(claimed, work) if together else work()
    except Exception as error:  # noqa: BLE001 - `failed` decides, and raises again what is no answer
        return _answer_failure(claimed, error, failed)
    if not together:
        _keep(claimed, response)
    return response


def _work_together(claim: Claim, work: Work) -> HttpResponse:
    with transaction.atomic():
        response = work()
        crash_point("A2")
        _keep(claim, response)
        crash_point("A3")
    return response


def _answer_failure(claim: Claim, error: Exception, failed: Failed) -> HttpResponse:
    """Answer an exception of work that was rolled back; what is a lasting refusal is kept like any other answer."""
    try:
        response = failed(error)
    except Exception:
        _give_back(claim)
        raise
    if _is_kept(response):
        _keep(claim, response)
    else:
        _give_back(claim)
    return response


def _keep(claim: Claim, response: HttpResponse) -> None:
    """Store the answer, or give the key back for one that asks to try again.

    Raises KeyInUse where somebody took the key over: in the transaction of the work, that undoes the work.
    """
    if not _is_kept(response):
        release_key(claim)
        return
    headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    if not store_answer(claim, StoredAnswer(response.status_code, headers, response.content.decode())):
        log.warning("idempotency.taken_over", claim=str(claim.id))
        raise KeyInUse


def _give_back(claim: Claim) -> None:
    try:
        release_key(claim)
    except (DatabaseError, InterfaceError) as error:
        # The key stays claimed until its claim is stale: a repetition waits a minute.
        log.warning("idempotency.not_given_back", error=type(error).__name__)


def _is_kept(response: HttpResponseBase) -> bool:
    return response.status_code < 500 and response.status_code not in _TO_BE_RETRIED


def _replay(answer: StoredAnswer) -> HttpResponse:
    response = HttpResponse(answer.body.encode(), status=answer.status, headers=dict(answer.headers))
    response[REPLAYED] = "true"
    return response


def _keyed(request: Request, caller: Caller, dialect: str) -> KeyedRequest:
    """Return what identifies a request. Raises MalformedKey."""
    key = request.headers[HEADER]
    if not _ACCEPTABLE.fullmatch(key):
        raise MalformedKey
    method, path = str(request.method), request.path
    parts = [method, request.get_full_path(), str(caller.sees_every_organization), *_parts(request.data)]
    return KeyedRequest(
        organization=caller.organization,
        credential=f"{dialect}:{caller.credential}",
        key=key,
        method=method,
        path=path,
        digest=_digest(parts),
    )


def _digest(parts: Iterable[str | bytes]) -> str:
    """Return one hash of all parts; each is hashed by itself, so that their borders cannot be moved."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


def _parts(data: Any) -> Iterator[str | bytes]:
    """Yield what a body says: JSON without regard to spaces and order, a form field by field, a file by its bytes."""
    if not isinstance(data, QueryDict):
        yield json.dumps(data, sort_keys=True, separators=(",", ":"))
        return
    for name in sorted(data):
        for value in data.getlist(name):
            yield name
            yield from _file(value) if isinstance(value, UploadedFile) else ("field", str(value))


def _file(file: UploadedFile[bytes]) -> Iterator[str | bytes]:
    content = hashlib.sha256()
    for chunk in file.chunks():
        content.update(chunk)
    file.seek(0)
    yield "file"
    yield file.name or ""
    yield content.digest()
