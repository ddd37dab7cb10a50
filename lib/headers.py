"""Find the columns a file means by its headers, in whatever spelling people gave them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence


def match_headers(headers: Sequence[str], fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return for each field the header that is one of its synonyms; fields without one are left out.

    Case, accents, spaces and punctuation make no difference. Synonyms are tried in their order, fields in theirs, and
    a header serves one field only.
    """
    remaining: dict[str, str] = {}
    for header in headers:
        remaining.setdefault(_bare(header), header)
    matched = {}
    for field, synonyms in fields.items():
        spelling = next((bare for bare in map(_bare, synonyms) if bare in remaining), None)
        if spelling is not None:
            matched[field] = remaining.pop(spelling)
    return matched


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if char.isalnum())
