"""Make primary keys: UUID version 7, in the application, so that every supported PostgreSQL serves."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7: unique anywhere, and ordered by time so that indexes grow at one end."""
    return _uuid7()
