"""Say why nothing could be launched."""

from __future__ import annotations


class LaunchError(Exception):
    """A message for a person at a terminal: what is wrong and what to do next."""


OWN_SERVERS = "set DATABASE_URL and REDIS_URL to use your own servers"
