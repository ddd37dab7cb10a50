"""Analyze conversations with any model served behind OpenAI's chat completions."""

from __future__ import annotations

from typing import Any

from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONSchema
from pydantic import ValidationError

from providers import payload
from providers.analysis import prompts
from providers.analysis.contract import Analysis, AnalysisRequest, AnalyzerIdentity
from providers.base import ProviderError
from providers.http import Answer, http_client, perform
from providers.network import CONNECT_SECONDS

TOTAL_SECONDS = 40.0
_ANSWER_TOKENS = 3000
_PASSING = frozenset({408, 409, 425, 429})
_FORMAT: ResponseFormatJSONSchema = {
    "type": "json_schema",
    "json_schema": {"name": "goal_analysis", "strict": True, "schema": Analysis.model_json_schema()},
}
# Why asking the same again would end the same.
_HOPELESS = {
    "length": "the analysis is longer than the model may write",
    "content_filter": "the provider's content filter stopped the analysis",
}


class OpenAICompatibleAnalyzer:
    """Ask one model. `base_url` includes ``/v1``. Thread-safe. An analysis takes at most `total_seconds`."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.identity = AnalyzerIdentity(name=f"openai-compatible/{model}", version=prompts.VERSION)
        self._model = model
        self._total_seconds = total_seconds
        self._http = http_client(self, connect_seconds=connect_seconds)
        # No retries: the library would sleep between them as long as the server asks.
        client = OpenAI(base_url=base_url, api_key=api_key, max_retries=0, http_client=self._http)
        self._complete = client.chat.completions.create

    def close(self) -> None:
        """Close the connections that are kept alive."""
        self._http.close()

    def analyze(self, request: AnalysisRequest) -> Analysis:
        """Return the model's reading, unchecked: see `checks.checked`. Raises `ProviderError`."""
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": prompts.SYSTEM},
            {"role": "user", "content": prompts.user_prompt(request)},
        ]
        exchange = perform(
            lambda: self._complete(
                model=self._model,
                messages=messages,
                response_format=_FORMAT,
                max_completion_tokens=_ANSWER_TOKENS,
            ),
            seconds=self._total_seconds,
        )
        if exchange.answer is None:
            raise ProviderError(f"the analyzer did not answer ({type(exchange.failure).__name__})")
        return reading(exchange.answer)


def reading(answer: Answer) -> Analysis:
    """Return the analysis in `answer`. Raises `ProviderError`; ``permanent`` where the model will not do better."""
    if not answer.is_success:
        permanent = 400 <= answer.status < 500 and answer.status not in _PASSING
        raise ProviderError(f"the analyzer answered with HTTP {answer.status}", permanent=permanent)
    choice = _first_choice(answer.json())
    message = payload.mapping(choice.get("message"))
    reason = payload.text(choice.get("finish_reason"))
    if message.get("refusal"):
        raise ProviderError("the model refused to analyze this conversation", permanent=True)
    if reason in _HOPELESS:
        raise ProviderError(_HOPELESS[reason], permanent=True)
    try:
        return Analysis.model_validate(payload.read_object(payload.text(message.get("content"))))
    except ValidationError:
        # Not chained: the validator's message repeats what was said in the call.
        raise ProviderError("the model's answer is not an analysis") from None


def _first_choice(body: dict[str, Any]) -> dict[str, Any]:
    choices = payload.mappings(body.get("choices"))
    return choices[0] if choices else {}
