"""Serve each dialect's OpenAPI document, and two pages to read it with. Nothing is loaded from outside."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

# drf-spectacular's settings are global, so documents are written one at a time.
_WRITING = Lock()
_READERS = {"docs": "api/swagger.html", "redoc": "api/redoc.html"}


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
