"""Serve each dialect's OpenAPI document, and two pages to read it with. Nothing is loaded from outside."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from api import idempotency

# drf-spectacular's settings are global, so documents are written one at a time.
_WRITING = Lock()
_READERS = {"docs": "api/swagger.html", "redoc": "api/redoc.html"}
_WRITES = ("post", "put", "patch")
_KEY = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "Makes it safe to send the request again: the first answer is given again for 24 hours.",
    "schema": {"type": "string", "pattern": f"^{idempotency.KEY_PATTERN}$"},
}
_REPLAYED = {
    "description": "`true` where the answer is that of an earlier request with the same key.",
    "schema": {"type": "string", "enum": ["true"]},
}
_SECONDS = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}, "required": True}
_LIMITS = {
    "RateLimit-Policy": {"description": "The limit and its window in seconds.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left, and the seconds until it is renewed.", "schema": {"type": "string"}},
}
# What any request may be answered with before its operation is asked, and with which headers.
_OF_EVERY_OPERATION: Mapping[str, Mapping[str, Any]] = {
    "429": {"Retry-After": _SECONDS, **_LIMITS},
    "503": {"Retry-After": _SECONDS},
}
_OF_EVERY_BODY = ("411", "413", "415")


@dataclass(eq=False)
class Document:
    """The OpenAPI document of one dialect, written at the first request and kept."""

    name: str
    urlconf: str
    settings: Mapping[str, Any]
    _text: str = field(default="", init=False)

    def text(self) -> str:
        """Return the document as JSON."""
        with _WRITING:
            if not self._text:
                with patched_settings(dict(self.settings)):
                    generator: Any = SchemaGenerator  # which has no types
                    schema = generator(urlconf=self.urlconf).get_schema(request=None, public=True)
                self._text = json.dumps(schema)
        return self._text

    def example(self, base_url: str) -> str:
        """Return a command line that asks for the dialect's campaigns, or the first list it has; "" if it has none."""
        document = json.loads(self.text())
        lists = [path for path, operations in document["paths"].items() if "get" in operations and "{" not in path]
        if not lists:
            return ""
        path = next((path for path in lists if "campaign" in path), lists[0])
        asked = document["paths"][path]["get"].get("security") or document.get("security") or []
        names = [name for alternative in asked[:1] for name in alternative]
        schemes = document["components"].get("securitySchemes", {})
        headers = [f'-H "{_header(schemes[name])}"' for name in names if name in schemes]
        return " ".join(["curl", *headers, f"{base_url}{path}"])

    @property
    def title(self) -> str:
        return str(self.settings["TITLE"])

    @property
    def routes(self) -> dict[str, str]:
        """Return the routes' names: of the document (schema), and of the pages to try it (docs) and read it (redoc)."""
        return {kind: f"{kind}-{self.name}" for kind in ("schema", *_READERS)}

    def urls(self) -> list[URLPattern]:
        """Return the routes of the document and its pages."""
        document = path(f"schema/{self.name}.json", self._serve_document(), name=self.routes["schema"])
        pages = [
            path(f"{kind}/{self.name}", self._serve_page(template), name=self.routes[kind])
            for kind, template in _READERS.items()
        ]
        return [document, *pages]

    def _serve_document(self) -> Callable[[HttpRequest], HttpResponse]:
        @require_safe
        def schema(_request: HttpRequest) -> HttpResponse:
            return HttpResponse(self.text(), content_type="application/json")

        return schema

    def _serve_page(self, template: str) -> Callable[[HttpRequest], HttpResponse]:
        @require_safe
        def page(request: HttpRequest) -> HttpResponse:
            nonce = secrets.token_urlsafe(16)
            response = render(request, template, {"document": self, "nonce": nonce})
            response["Content-Security-Policy"] = _policy(nonce)
            return response

        return page


def declare_what_is_shared(method: str, operation: dict[str, Any], error: Mapping[str, Any], *, has_key: bool) -> None:
    """Add to an operation what is true in every dialect: the limits, the bodies refused unread, the key of a POST.

    `error` is the schema of the dialect's errors; `has_key` says whether the operation honours an Idempotency-Key.
    """
    for code in (*_OF_EVERY_OPERATION, *(_OF_EVERY_BODY if method in _WRITES else ())):
        answer = {"description": code, "content": {"application/json": {"schema": dict(error)}}}
        headers = _OF_EVERY_OPERATION.get(code)
        operation["responses"][code] = {**answer, **({"headers": deepcopy(headers)} if headers else {})}
    if has_key:
        operation.setdefault("parameters", []).append(deepcopy(_KEY))
        for code, response in operation["responses"].items():
            if code.startswith("2"):
                response["headers"] = {idempotency.REPLAYED: deepcopy(_REPLAYED)}


def _header(scheme: Mapping[str, str]) -> str:
    """Return the header a security scheme asks for, with a placeholder where the secret goes."""
    if scheme["type"] == "apiKey":
        return f"{scheme['name']}: {{key}}"
    form = scheme.get("bearerFormat", "token")
    return f"Authorization: {scheme['scheme'].capitalize()} {{{form}}}"


def _policy(nonce: str) -> str:
    # Both readers inject styles, and Redoc would load its maker's logo.
    return (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
        f"script-src 'self' 'nonce-{nonce}'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
