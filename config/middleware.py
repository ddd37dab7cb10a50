"""Give every request an id that its logs, audit rows and answer share, and the admin its zone and its limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lib import zones
from lib.ids import new_id

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestContextMiddleware:
    """Bind ``request_id`` (the caller's X-Request-ID if it is a plain token) and echo it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTABLE.fullmatch(given) else str(new_id())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


# Scripts come from files of our own only, so text that got into a page cannot run. What the theme needs beyond that is
# told in docs/admin.md: Alpine compiles its attributes ('unsafe-eval'), and colours and widths are styles in the page.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_ZONE_COOKIE = "desk_zone"  # static/desk/desk.js writes it


class DeskMiddleware:
    """Show the admin in the zone of the viewer's browser, UTC until it is known, and let it load only its own files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        zone = zones.zone(unquote(request.COOKIES.get(_ZONE_COOKIE, "")))
        with timezone.override(zone or timezone.get_default_timezone()):
            response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
        return response
