"""Limit how many requests a credential, or an address without one, makes in a minute, and tell clients how they stand.

One counter per caller and minute in the cache's server, raised by one atomic script. Where that server is away requests
pass: a limit protects the service and must not take it down. The headers are those of the IETF's draft "RateLimit
header fields for HTTP" (-10) in their structured form, on every answer.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any

import structlog
from django.conf import settings
from django.http.response import HttpResponseBase
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api.caller import Caller

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 60
# A server that hangs costs a request this long, and then none for a while.
_TIMEOUT_SECONDS = 0.25
_LEFT_ALONE_SECONDS = 5.0
_SHORTEST_IPV6_PREFIX = 64  # what one household or server gets: its addresses are one client

# Returns how many requests the window has seen with this one, and the milliseconds until it ends.
_COUNT = """
local seen = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {seen, left}
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands in the present window of a limit."""

    policy: str
    limit: int
    seen: int
    seconds_left: int

    @property
    def is_over(self) -> bool:
        return self.seen > self.limit

    def write_headers(self, response: HttpResponseBase) -> None:
        """Tell the client the limit, what is left of it, and when it begins anew."""
        response["RateLimit-Policy"] = f'"{self.policy}";q={self.limit};w={WINDOW_SECONDS}'
        response["RateLimit"] = f'"{self.policy}";r={max(self.limit - self.seen, 0)};t={self.seconds_left}'


class RequestThrottle(BaseThrottle):
    """Count a request against its credential, or against the client's address where it brought none that is valid."""

    standing: Standing | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        caller = request.auth
        if isinstance(caller, Caller):
            policy, limit, who = "credential", settings.API_REQUESTS_PER_MINUTE, caller.credential
        else:
            policy, limit, who = "address", settings.API_ATTEMPTS_PER_MINUTE, self._address(request)
        if limit <= 0:
            return True
        counted = counter().count(f"{policy}:{who}")
        if counted is None:
            return True
        seen, milliseconds_left = counted
        self.standing = Standing(policy, limit, seen, max(ceil(milliseconds_left / 1000), 1))
        return not self.standing.is_over

    def wait(self) -> float | None:
        """Return the seconds until the limit begins anew; DRF turns them into Retry-After."""
        return self.standing.seconds_left if self.standing else None

    def _address(self, request: Request) -> str:
        """Return the client's address, of IPv6 its network, as a hash: no address is kept."""
        client = _client(self.get_ident(request) or "")
        return hashlib.sha256(client.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _client(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _SHORTEST_IPV6_PREFIX), strict=False))


class Counter:
    """The counters in the cache's server. An outage is logged once, and the server then left alone for some seconds."""

    def __init__(self, url: str) -> None:
        # No retries: waiting would cost every request more than a lost count does.
        self._redis = Redis.from_url(
            url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._redis.register_script(_COUNT)
        self._is_away = False
        self._left_alone_until = 0.0

    def count(self, name: str) -> tuple[int, int] | None:
        """Count one more; return how many there are and the milliseconds left, None where nobody knows."""
        if time.monotonic() < self._left_alone_until:
            return None
        try:
            seen, left = self._count(name)
        except (RedisError, OSError) as error:
            self._left_alone_until = time.monotonic() + _LEFT_ALONE_SECONDS
            if not self._is_away:
                log.warning("throttling.unavailable", error=type(error).__name__)
            self._is_away = True
            return None
        if self._is_away:
            log.info("throttling.available")
            self._is_away = False
        return seen, left

    def _count(self, name: str) -> tuple[int, int]:
        answer: Any = self._script(keys=[f"outbound:throttle:{name}"], args=[WINDOW_SECONDS * 1000])
        return int(answer[0]), int(answer[1])


@cache
def _counter_at(url: str) -> Counter:
    return Counter(url)


def counter() -> Counter:
    """Return the counters of this process."""
    return _counter_at(settings.CACHE_URL)
