from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from api.unsubscribe.words import WORDS, language_of
from targets.unsubscription import unsubscribe

log = structlog.get_logger(__name__)

EVERYTHING = "everything"
RETRY_AFTER_SECONDS = 60
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is the key: it stays between the person and us
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
}


# The token is the authority, and mail programs post from nowhere: RFC 8058 knows no cookies.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask with GET and obey with POST: programs that check links follow them, and must not unsubscribe anybody.

    The answer is the same whether or not the token is one of ours.
    """
    if request.method != "POST":
        return _page(request, "unsubscribe/ask.html")
    everywhere = _scope(request) == EVERYTHING
    try:
        unsubscribe(token=token, everywhere=everywhere)
    except (OperationalError, InterfaceError) as error:
        log.warning("unsubscribe.database_unavailable", error=type(error).__name__)
        response = _page(request, "unsubscribe/later.html", status=503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return _page(request, "unsubscribe/done.html", everywhere=everywhere)


def _scope(request: HttpRequest) -> str:
    """Return what the form asks to stop; a body that cannot be read asks for what every link offers, no more emails."""
    try:
        return str(request.POST.get("scope", ""))
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return ""


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    language = language_of(request.headers.get("Accept-Language", ""))
    response = render(request, template, {"words": WORDS[language], "language": language, **context}, status=status)
    for name, value in _HEADERS.items():
        response[name] = value
    return response
