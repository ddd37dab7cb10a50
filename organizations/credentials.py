"""Name what an account with each vendor is set up with: secrets, and settings that are not secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.errors import InvalidField
from organizations.models import ProviderAccount
from providers.email.services import MAIL_SERVER, SERVICES, EmailService

SERVICE = "service"
EMAIL_SERVICES: Mapping[str, str] = {
    MAIL_SERVER: "none: a mail server",
    **{name: service.label for name, service in SERVICES.items()},
}


@dataclass(frozen=True, slots=True)
class Credential:
    """One thing an adapter or a webhook receiver reads of an account. `choices` maps its possible values to words."""

    name: str
    label: str
    meaning: str = ""
    is_secret: bool = True
    choices: Mapping[str, str] = field(default_factory=dict)


def _webhook_secrets(label: str, meaning: str) -> tuple[Credential, Credential]:
    former = Credential("previous_webhook_secret", f"Former {label.lower()}", "accepted too while you rotate it")
    return Credential("webhook_secret", label, meaning), former


_ELEVENLABS = (
    Credential("api_key", "API key"),
    *_webhook_secrets("Webhook secret", "of the workspace's post-call webhook"),
    Credential(
        "telephony",
        "Telephony",
        "how the numbers are connected; Twilio unless you say otherwise",
        is_secret=False,
        choices={"twilio": "Twilio", "sip_trunk": "SIP trunk"},
    ),
)
_WHATSAPP = (
    Credential("access_token", "Access token", "of a system user who may send messages"),
    *_webhook_secrets("App secret", "what webhooks are signed with"),
    Credential("verify_token", "Verify token", "any words, the same that you type beside the webhook's address"),
)
_MODEL = (
    Credential("api_key", "API key"),
    Credential("model", "Model", "its name at the endpoint", is_secret=False),
)
_MAIL_SERVER = (Credential("username", "User name", is_secret=False), Credential("password", "Password"))

# By the email services' own names, which are what people find there.
_SERVICE_OPTIONS: Mapping[str, tuple[str, str, bool]] = {
    "api_key": ("API key", "", True),
    "api_token": ("API token", "", True),
    "server_token": ("Server token", "", True),
    "secret_key": ("Secret key", "", True),
    "sender_domain": ("Sender domain", "where it is not that of the sender's address", False),
    "message_stream": ("Message stream", "such as broadcast; without one it is outbound", False),
}
_SIGNED = "what it signs webhooks with"
_NOT_SIGNED = "it signs nothing: a user name, a colon and a password, which you also put into the address you give it"


def _of_service(service: EmailService) -> tuple[Credential, ...]:
    options = (Credential(ours, *_SERVICE_OPTIONS[theirs]) for ours, theirs in service.options.items())
    return (*options, *_webhook_secrets("Webhook secret", _SIGNED if service.signed_with else _NOT_SIGNED))


_OF_KIND: Mapping[str, tuple[Credential, ...]] = {
    ProviderAccount.Kind.ELEVENLABS: _ELEVENLABS,
    ProviderAccount.Kind.WHATSAPP: _WHATSAPP,
    ProviderAccount.Kind.EMAIL: _MAIL_SERVER,
    ProviderAccount.Kind.ANALYSIS: _MODEL,
}


def credentials_of(kind: str, service: str = MAIL_SERVER) -> tuple[Credential, ...]:
    """Return what an account of `kind` is set up with, of `service` where that is email; nothing for no kind."""
    if kind == ProviderAccount.Kind.EMAIL and service in SERVICES:
        return _of_service(SERVICES[service])
    return _OF_KIND.get(kind, ())


def merge_credentials(
    kind: str, stored: Mapping[str, str], given: Mapping[str, str], forgotten: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Return the credentials of an account of `kind` once what is `given` is added to what is `stored`.

    An empty secret stays as it is stored unless it is `forgotten`; an empty setting is taken away. What is stored and
    is not named here stays, such as which service it is. Raises InvalidField.
    """
    service = SERVICES.get(stored.get(SERVICE, "")) if kind == ProviderAccount.Kind.EMAIL else None
    merged = dict(stored)
    for credential in credentials_of(kind, service.name if service else MAIL_SERVER):
        value = given.get(credential.name)
        if value:
            _check(credential, value, service)
            merged[credential.name] = value
        elif credential.name in forgotten or (value is not None and not credential.is_secret):
            merged.pop(credential.name, None)
    return merged


def _check(credential: Credential, value: str, service: EmailService | None) -> None:
    if credential.choices and value not in credential.choices:
        raise InvalidField(credential.name, f"This is one of {', '.join(credential.choices)}.")
    if service and credential.name.endswith("webhook_secret") and not service.can_prove_with(value):
        raise InvalidField(credential.name, f"{service.label} signs nothing: give a user name, a colon and a password.")
