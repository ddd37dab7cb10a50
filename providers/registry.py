"""Find the receiver or build the adapter of a kind, from plain credentials.

Adapters are kept, so that their connections stay alive between calls; all of them are thread-safe. The vendors'
libraries are imported where an adapter is built: a process that only receives webhooks never pays for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar, cast
from urllib.parse import urlsplit

from providers.analysis.contract import GoalAnalyzer
from providers.base import MessageProvider, VoiceProvider, WebhookReceiver
from providers.elevenlabs.webhooks import ElevenLabsReceiver
from providers.email.services import MAIL_SERVER, SERVICES
from providers.email.tracking import TrackingReceiver
from providers.whatsapp.webhooks import WhatsAppReceiver

_KEPT_ADAPTERS = 512
_MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
T = TypeVar("T")
Builder = Callable[[Mapping[str, str], str], T]

_ALL_RECEIVERS: Sequence[WebhookReceiver] = (
    ElevenLabsReceiver(),
    WhatsAppReceiver(),
    *(TrackingReceiver(service) for service in SERVICES.values()),
)
_RECEIVERS: Mapping[str, WebhookReceiver] = {receiver.name: receiver for receiver in _ALL_RECEIVERS}


class UnknownProviderError(LookupError):
    """Say that no provider of this name exists."""


class BadCredentialsError(ValueError):
    """Say which credential is missing or impossible. Never holds a credential's value."""


def receiver(name: str) -> WebhookReceiver:
    """Return the receiver of the webhooks of `name`, of an email service ``email.<service>``.

    Raises `UnknownProviderError`.
    """
    return _chosen(_RECEIVERS, name)


def voice_provider(kind: str, credentials: Mapping[str, str], base_url: str) -> VoiceProvider:
    """Return the adapter that places calls.

    ``elevenlabs`` takes ``api_key`` and, if not ``twilio``, ``telephony``: ``sip_trunk``.
    Raises `UnknownProviderError` or `BadCredentialsError`.
    """
    return _adapter(_chosen(_VOICE, kind), credentials, base_url)


def message_provider(kind: str, credentials: Mapping[str, str], base_url: str) -> MessageProvider:
    """Return the adapter that sends messages.

    ``whatsapp`` takes ``access_token`` and perhaps ``version``. ``email`` takes perhaps ``username`` and
    ``password``, and as `base_url` ``smtp://host:port``, ``smtps://…`` or ``smtp+starttls://…``; with ``service``, the
    name of an email service, it takes what `providers.email.services` lists, and the root of the service's API where
    that is not the usual one.
    Raises `UnknownProviderError` or `BadCredentialsError`.
    """
    return _adapter(_chosen(_MESSAGES, kind), credentials, base_url)


def goal_analyzer(kind: str, credentials: Mapping[str, str], base_url: str) -> GoalAnalyzer:
    """Return the analyzer. ``local`` takes nothing. ``openai`` takes ``api_key`` and ``model``, at a ``…/v1``.

    Raises `UnknownProviderError` or `BadCredentialsError`.
    """
    return _adapter(_chosen(_ANALYZERS, kind), credentials, base_url)


def _adapter(build: Builder[T], credentials: Mapping[str, str], base_url: str) -> T:
    return cast(T, _kept(build, frozenset(credentials.items()), base_url))


@lru_cache(maxsize=_KEPT_ADAPTERS)
def _kept(build: Builder[object], credentials: frozenset[tuple[str, str]], base_url: str) -> object:
    return build(dict(credentials), base_url)


# Two processes writing to one inherited socket would read each other's answers.
os.register_at_fork(after_in_child=_kept.cache_clear)


def _elevenlabs(credentials: Mapping[str, str], base_url: str) -> VoiceProvider:
    from providers.elevenlabs.voice import ElevenLabsVoice

    telephony = credentials.get("telephony", "twilio")
    if telephony not in ("twilio", "sip_trunk"):
        raise BadCredentialsError("telephony must be twilio or sip_trunk")
    return ElevenLabsVoice(_required(credentials, "api_key"), base_url, sip_trunk=telephony == "sip_trunk")


def _whatsapp(credentials: Mapping[str, str], base_url: str) -> MessageProvider:
    from providers.whatsapp.cloud import GRAPH_VERSION, WhatsAppCloud

    version = credentials.get("version", GRAPH_VERSION)
    return WhatsAppCloud(_required(credentials, "access_token"), base_url, version=version)


def _email(credentials: Mapping[str, str], base_url: str) -> MessageProvider:
    from providers.email.mail import DjangoEmail

    if credentials.get("service", MAIL_SERVER) != MAIL_SERVER:
        return _email_service(credentials, base_url)
    server = urlsplit(base_url)
    try:
        port = server.port or _MAIL_PORTS[server.scheme]
    except (KeyError, ValueError):
        raise BadCredentialsError("a mail server is given as smtp://, smtps:// or smtp+starttls://host") from None
    return DjangoEmail(
        host=server.hostname or "localhost",
        port=port,
        username=credentials.get("username", ""),
        password=credentials.get("password", ""),
        use_ssl=server.scheme == "smtps",
        use_tls=server.scheme == "smtp+starttls",
    )


def _email_service(credentials: Mapping[str, str], base_url: str) -> MessageProvider:
    from providers.email.delivery import ServiceEmail

    service = SERVICES.get(credentials["service"])
    if service is None:
        raise BadCredentialsError(f"an email service is one of {', '.join(SERVICES)}")
    needed = {ours: theirs for ours, theirs in service.options.items() if ours not in service.optional}
    options = {theirs: _required(credentials, ours) for ours, theirs in needed.items()}
    options |= {service.options[ours]: credentials[ours] for ours in service.optional if credentials.get(ours)}
    # A mail server's address, such as the platform's own, says nothing of where a service's API is.
    return ServiceEmail(service, options, base_url if urlsplit(base_url).scheme in ("http", "https") else "")


def _openai(credentials: Mapping[str, str], base_url: str) -> GoalAnalyzer:
    from providers.analysis.openai_compatible import OpenAICompatibleAnalyzer

    return OpenAICompatibleAnalyzer(base_url, _required(credentials, "api_key"), _required(credentials, "model"))


def _local(credentials: Mapping[str, str], base_url: str) -> GoalAnalyzer:
    from providers.analysis.local.analyzer import LocalAnalyzer

    return LocalAnalyzer()


_VOICE: Mapping[str, Builder[VoiceProvider]] = {"elevenlabs": _elevenlabs}
_MESSAGES: Mapping[str, Builder[MessageProvider]] = {"whatsapp": _whatsapp, "email": _email}
_ANALYZERS: Mapping[str, Builder[GoalAnalyzer]] = {"openai": _openai, "local": _local}


def _required(credentials: Mapping[str, str], name: str) -> str:
    if value := credentials.get(name):
        return value
    raise BadCredentialsError(f"the credential {name!r} is missing")


def _chosen(choices: Mapping[str, T], name: str) -> T:
    try:
        return choices[name]
    except KeyError:
        raise UnknownProviderError(f"no provider {name!r}; there are {', '.join(sorted(choices))}") from None
