"""Let django-anymail, which speaks through `requests`, keep the limits every adapter here keeps.

`requests` limits each read, follows redirects with the account's key in its hand, and asks the environment for proxies.
A session from here does none of that: its requests go through `providers.http`.
"""

from __future__ import annotations

from typing import Any, cast

import httpx2
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict


def bound_session(session: requests.Session, client: httpx2.Client) -> None:
    """Have `session` send everything through `client`, which works inside `providers.http.perform` alone."""
    session.trust_env = False
    session.max_redirects = 0  # raises on the first
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(client))


class _Adapter(BaseAdapter):
    def __init__(self, client: httpx2.Client) -> None:
        super().__init__()
        self._client = client

    def send(self, request: requests.PreparedRequest, *unused: Any, **limits: Any) -> requests.Response:
        """Send one prepared request; the limits `requests` has in mind give way to those of the exchange."""
        written: Any = request  # read loosely: its parts may be None until it is prepared
        answer = self._client.request(written.method, written.url, headers=dict(written.headers), content=written.body)
        response: Any = requests.Response()
        response.status_code = answer.status_code
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = "utf-8"
        response._content = answer.content
        response._content_consumed = True
        response.url, response.reason, response.request = request.url, answer.reason_phrase, request
        return cast(requests.Response, response)

    def close(self) -> None:
        """Leave the client open: it outlives the session of one message."""
