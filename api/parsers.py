"""Read JSON bodies and nothing that only looks like JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import UnreadablePostError
from django.utils.http import parse_header_parameters
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from lib.jsontext import JsonError, JsonTooLargeError, loads_strict

_CHARSETS = ("", "utf-8", "utf8", "us-ascii")
_MAX_DEPTH = 64


class BodyTooLarge(APIException):
    """Say that the body has more bytes than are looked at."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "body_too_large"


class StrictJSONParser(BaseParser):
    """Parse a body by `lib.jsontext`: UTF-8, storable texts, bounded size, depth and numbers.

    Raises ParseError, BodyTooLarge, UnsupportedMediaType.
    """

    media_type = "application/json"
    max_bytes: int | None = None  # None: the setting's

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        _type, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "").lower() not in _CHARSETS:
            raise UnsupportedMediaType(media_type or "", detail="JSON is sent in UTF-8.")
        limit = self.max_bytes or int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
        try:
            return loads_strict(stream.read(limit + 1), max_bytes=limit, max_depth=_MAX_DEPTH)
        except JsonTooLargeError as error:
            raise BodyTooLarge(str(error)) from error
        except JsonError as error:
            raise ParseError(str(error)) from error
        except UnreadablePostError as error:
            raise ParseError("The body ended early.") from error
