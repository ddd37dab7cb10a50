from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from api.chunked import is_chunked
from targets.inbox import ReceiveResult, answer_whatsapp_challenge, receive_webhook

log = structlog.get_logger(__name__)

LARGEST_BODY = 2 * 1024 * 1024  # bytes; a transcript of hours is a tenth of it
RETRY_AFTER_SECONDS = 30
_UNAUTHENTIC = (ReceiveResult.BAD_SIGNATURE, ReceiveResult.UNKNOWN_ACCOUNT)

View = Callable[[HttpRequest, UUID], HttpResponse]


def _retriable(view: View) -> View:
    """Ask the provider to deliver again where the database cannot take it."""

    @wraps(view)
    def answer(request: HttpRequest, account_id: UUID) -> HttpResponse:
        try:
            return view(request, account_id)
        except (OperationalError, InterfaceError) as error:
            log.warning("webhook.database_unavailable", error=type(error).__name__)
            response = JsonResponse({"detail": "Try again."}, status=503)
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response

    return answer


@csrf_exempt
@require_http_methods(["POST"])
@_retriable
def elevenlabs(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Receive what became of a call."""
    return _receive("elevenlabs", request, account_id)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@_retriable
def whatsapp(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Receive messages and deliveries; with GET, prove to the provider that this address is ours."""
    if request.method == "POST":
        return _receive("whatsapp", request, account_id)
    challenge = answer_whatsapp_challenge(account_id, request.GET.dict())
    if challenge is None:
        return JsonResponse({"detail": "Forbidden"}, status=403)
    return HttpResponse(challenge, content_type="text/plain")


@csrf_exempt
@require_http_methods(["POST"])
@_retriable
def email(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Receive what an email service knows of our emails: arrived, opened, sent back, complained of."""
    return _receive("email", request, account_id)


def _receive(receiver: str, request: HttpRequest, account_id: UUID) -> HttpResponse:
    if request.content_type != "application/json":
        return JsonResponse({"detail": "Webhooks are JSON."}, status=415)
    if is_chunked(request.META):
        return JsonResponse({"detail": "Send the body with a Content-Length."}, status=411)
    try:
        # Not request.body, which has the smaller limit of API requests.
        body = request.read(LARGEST_BODY + 1)
    except UnreadablePostError:
        return JsonResponse({"detail": "The body ended early."}, status=400)
    if len(body) > LARGEST_BODY:
        return JsonResponse({"detail": "The body is too large."}, status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    result = receive_webhook(receiver=receiver, account_id=account_id, body=body, headers=headers)
    if result in _UNAUTHENTIC:
        # Alike, so that nobody learns which accounts exist.
        return JsonResponse({"detail": "Unauthorized"}, status=401)
    return JsonResponse({"status": "ok"})
