"""Place calls through ElevenLabs Agents and look them up.

The vendor's library builds the requests; the answers are read here, because its models drop words they do not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

from elevenlabs.client import ElevenLabs
from elevenlabs.core.request_options import RequestOptions

from providers import payload
from providers.base import CallReport, CallRequest, ProviderError, SubmitResult
from providers.elevenlabs import answers, mapping
from providers.http import Answer, http_client, perform, unanswered
from providers.network import CONNECT_SECONDS, TOTAL_SECONDS

_ONCE: RequestOptions = {"max_retries": 0}  # the library would repeat the dial on 5xx, and each may ring
_CLOCK_SKEW_SECONDS = 60
_PAGE_SIZE = 100


class ElevenLabsVoice:
    """Speak to one ElevenLabs account. Its phone numbers come from Twilio, or from a `sip_trunk`. Thread-safe.

    A submission takes at most `total_seconds`, `connect_seconds` of it to connect; so does a look-up.
    """

    finds_by_reference = True
    list_lag_seconds = 60.0  # the vendor promises none

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        sip_trunk: bool = False,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._total_seconds = total_seconds
        self._http = http_client(self, connect_seconds=connect_seconds)
        client = ElevenLabs(
            api_key=api_key,
            base_url=base_url,
            httpx_client=self._http,  # type: ignore[arg-type]  # the library only calls .request, which httpx2 has too
        )
        agents = client.conversational_ai
        # Bound here because the library imports its parts on first use, which must not be the moment of a dial.
        self._dial: Callable[..., object] = agents.sip_trunk.outbound_call if sip_trunk else agents.twilio.outbound_call
        self._get = agents.conversations.get
        self._list = agents.conversations.list

    def close(self) -> None:
        """Close the connections that are kept alive."""
        self._http.close()

    def place_call(self, request: CallRequest) -> SubmitResult:
        """Dial once. Never raises."""
        exchange = perform(
            lambda: self._dial(**_dial_arguments(request), request_options=_ONCE), seconds=self._total_seconds
        )
        return answers.dial_result(exchange.answer) if exchange.answer else unanswered(exchange)

    def fetch_call(self, provider_id: str) -> CallReport | None:
        """Return the report of the conversation `provider_id`, None where there is none. Raises `ProviderError`."""
        return self._fetch(provider_id, deadline=monotonic() + self._total_seconds)

    def find_call(self, reference: str, *, since: datetime) -> CallReport | None:
        """Return the conversation opened for `reference`, None only where the complete list holds none.

        The list is asked for that user id, but every hit is fetched and compared, should the filter be ignored.
        Raises `ProviderError` where the list cannot be read to its end in time.
        """
        deadline = monotonic() + self._total_seconds
        for entry in self._listed(reference, since, lambda: deadline):
            if (entry.get("user_id") or reference) != reference:
                continue
            report = self._fetch(payload.text(entry.get("conversation_id")), deadline=deadline)
            if report and report.reference == reference:
                return report
        return None

    def list_calls(self, since: datetime) -> Iterator[CallReport]:
        """Yield the reports of all outbound conversations since then, newest first, each fetched for its details.

        Each request has the whole time of a look-up. Raises `ProviderError` where the list cannot be read to its end.
        """
        for entry in self._listed(None, since, self._deadline):
            if entry.get("direction") != "inbound":
                report = self._fetch(payload.text(entry.get("conversation_id")), deadline=self._deadline())
                # Erased there meanwhile: what the list says is all there is to know.
                yield report or mapping.report(entry)

    def _deadline(self) -> float:
        return monotonic() + self._total_seconds

    def _fetch(self, provider_id: str, *, deadline: float) -> CallReport | None:
        path = quote(provider_id, safe="")
        answer = _answer(lambda: self._get(path, request_options=_ONCE), deadline)
        if answer.status == 404:
            return None
        conversation = answers.readable(answer)
        if not provider_id or conversation.get("conversation_id") != provider_id:
            raise ProviderError("the answer is not about the conversation that was asked for")
        return mapping.report(conversation)

    def _listed(self, user_id: str | None, since: datetime, deadline: Callable[[], float]) -> Iterator[dict[str, Any]]:
        since_unix = int(since.timestamp()) - _CLOCK_SKEW_SECONDS
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            page = self._page(user_id, since_unix, cursor, deadline())
            for entry in payload.mappings(page.get("conversations")):
                started = payload.whole(entry.get("start_time_unix_secs"))
                if not started or started >= since_unix:
                    yield entry
            if page.get("has_more") is False:
                return
            cursor = payload.text(page.get("next_cursor"))
            if not cursor or cursor in seen:
                raise ProviderError("the list of conversations has no end")
            seen.add(cursor)

    def _page(self, user_id: str | None, since_unix: int, cursor: str | None, deadline: float) -> dict[str, Any]:
        answer = _answer(
            lambda: self._list(
                user_id=user_id,
                call_start_after_unix=since_unix,
                cursor=cursor,
                page_size=_PAGE_SIZE,
                request_options=_ONCE,
            ),
            deadline,
        )
        page = answers.readable(answer)
        if not isinstance(page.get("conversations"), list):
            raise ProviderError("the answer is not a list of conversations")
        return page


def _answer(send: Callable[[], object], deadline: float) -> Answer:
    exchange = perform(send, seconds=deadline - monotonic())
    if exchange.answer is None:
        raise ProviderError(f"no answer ({type(exchange.failure).__name__})")
    return exchange.answer


def _dial_arguments(request: CallRequest) -> dict[str, Any]:
    agent = {"first_message": request.first_message, "language": request.language}
    override = {word: value for word, value in agent.items() if value}
    opening: dict[str, Any] = {
        "user_id": request.reference,
        "dynamic_variables": {**request.variables, mapping.REFERENCE_VARIABLE: request.reference},
    }
    asked = request.agent_config.get("agent")
    if override or request.agent_config:
        told = {**override, **(asked if isinstance(asked, dict) else {})}
        opening["conversation_config_override"] = {**request.agent_config, "agent": told}
    return {
        "agent_id": request.agent_external_id,
        "agent_phone_number_id": request.from_external_id,
        "to_number": request.to_number,
        "conversation_initiation_client_data": opening,
        "telephony_call_config": {"ringing_timeout_secs": request.ringing_timeout_seconds},
    }
