"""Take files in: multipart bodies with one file, of bounded size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser

from api.base import DialectRequest
from api.parsers import BodyTooLarge
from api.umanize.errors import Unprocessable

LARGEST_UPLOAD = 50 * 1024 * 1024  # bytes


class UploadParser(MultiPartParser):
    """Parse a multipart body. Raises ParseError, BodyTooLarge."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request = (parser_context or {})["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_UPLOAD:
            raise BodyTooLarge(f"A file may have at most {LARGEST_UPLOAD // 2**20} MB.")
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:  # too many fields, or one that is too large
            raise ParseError("Send one file and nothing else.") from error


def file_of(request: DialectRequest) -> UploadedFile[bytes]:
    """Return the file a request brought as `file`. Raises Unprocessable."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Unprocessable.at(("body", "file"), "Send a CSV file or an Excel workbook as `file`.", "missing")
    return file
