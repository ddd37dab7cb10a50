"""Go through a long list: campaigns by a cursor, which no new campaign moves."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from api.anyreach.errors import BadRequest
from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the newest first, those made at one moment by their ids."""

    created_at: datetime
    id: UUID

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Read what `write` wrote. Raises BadRequest."""
        try:
            moment, _space, key = urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition(" ")
            return cls(datetime.fromisoformat(moment).astimezone(UTC), UUID(key))
        except (ValueError, OverflowError, binascii.Error) as error:
            raise BadRequest("The cursor is not one that a list of campaigns gave.") from error

    def write(self) -> str:
        """Return the cursor as one word that may stand in a URL."""
        return urlsafe_b64encode(f"{self.created_at.isoformat()} {self.id}".encode("ascii")).decode("ascii")


def page_of_campaigns(rows: QuerySet[Campaign], cursor: str, limit: int) -> tuple[Sequence[Campaign], str | None]:
    """Return the next campaigns after `cursor` ("": the first), and the cursor of the page after, None at the end."""
    if cursor:
        last = Cursor.read(cursor)
        rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, id__gt=last.id))
    found = list(rows.order_by("-created_at", "id")[: limit + 1])
    page = found[:limit]
    return page, Cursor(page[-1].created_at, page[-1].pk).write() if len(found) > limit else None
