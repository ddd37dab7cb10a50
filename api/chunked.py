"""Measure bodies that come in chunks. Django takes a body without a length for an empty one, and loses it."""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 64 * 1024 * 1024  # bytes; what a view takes may be less
_IN_MEMORY = 1024 * 1024
_BLOCK = 64 * 1024


def measuring_chunked_bodies(application: WSGIApplication) -> WSGIApplication:
    """Return an application that sees every body with its length, whichever way the client sent it.

    Bodies over `LARGEST_BODY` are answered with 413. Where the server does not mark the end of a chunked body, the
    request goes on as it is, and the dialects answer it with 411.
    """

    def measured(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not is_chunked(environ) or not environ.get("wsgi.input_terminated"):
            return application(environ, start_response)
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
            if not _copy(environ["wsgi.input"], body):
                start_response("413 Content Too Large", [("Content-Type", "application/json"), ("Connection", "close")])
                return [b'{"detail": "The body is too large."}']
            environ["CONTENT_LENGTH"] = str(body.tell())
            environ.pop("HTTP_TRANSFER_ENCODING")
            body.seek(0)
            environ["wsgi.input"] = body
            return application(environ, start_response)

    return measured


def is_chunked(environ: WSGIEnvironment) -> bool:
    """Say whether a request has a body whose length it does not tell."""
    return "HTTP_TRANSFER_ENCODING" in environ and not environ.get("CONTENT_LENGTH")


def _copy(source: Any, target: SpooledTemporaryFile[bytes]) -> bool:
    while block := source.read(_BLOCK):
        if target.tell() + len(block) > LARGEST_BODY:
            return False
        target.write(block)
    return True
