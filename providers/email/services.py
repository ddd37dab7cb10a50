"""List the email services known here: how each is sent through, proves its webhooks and calls a dead address.

Everything that speaks to a service is django-anymail's; this table only says how to set its parts up for one account.
Not listed: SendGrid, which django-anymail no longer supports; Amazon SES, whose notifications want requests of their
own before they come; and services whose webhooks are forms or cannot be proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

API_KEY = "api_key"
MAIL_SERVER = "mail_server"  # in the place of a service's name: none


@dataclass(frozen=True, slots=True)
class EmailService:
    """One service. `options` maps our names of credentials to its backend's; those in `optional` may be missing.

    `signed_with` is the setting of django-anymail that holds the webhooks' secret; "" where they carry a user name and
    a password instead. `dead` names, by their path in an event, the words it has for an address that does not exist.
    """

    name: str
    label: str
    backend: str
    view: str
    options: Mapping[str, str]
    optional: tuple[str, ...] = ()
    signed_with: str = ""
    takes_metadata: bool = True
    id_is_used_once: bool = False  # whether one event's id proves a repetition whatever else is in the body
    dead: Mapping[tuple[str, ...], tuple[object, ...]] = field(default_factory=dict)

    def can_prove_with(self, secret: str) -> bool:
        """Say whether `secret` has the form of what proves this service's webhooks."""
        return bool(secret if self.signed_with else secret.partition(":")[0] and secret.partition(":")[2])

    def calls_dead(self, raw: Mapping[str, Any]) -> bool:
        """Say whether the service's own event says that its address will never take an email."""
        return any(_at(raw, path) in words for path, words in self.dead.items())


def receiver_name(service: str) -> str:
    """Return the name under which the webhooks of an email service are kept and read."""
    return f"email.{service}"


def _at(raw: object, path: tuple[str, ...]) -> object:
    for name in path:
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return raw


def _service(name: str, label: str, view: str, options: Mapping[str, str] | None = None, **rest: Any) -> EmailService:
    return EmailService(
        name,
        label,
        backend=f"anymail.backends.{name}.EmailBackend",
        view=f"anymail.webhooks.{name}.{view}",
        options=options or {API_KEY: "api_key"},
        **rest,
    )


SERVICES: Mapping[str, EmailService] = {
    service.name: service
    for service in (
        _service(
            "postmark",
            "Postmark",
            "PostmarkTrackingWebhookView",
            {API_KEY: "server_token", "message_stream": "message_stream"},
            optional=("message_stream",),
            dead={("Type",): ("HardBounce", "BadEmailAddress"), ("SuppressionReason",): ("HardBounce",)},
        ),
        _service(
            "mailgun",
            "Mailgun",
            "MailgunTrackingWebhookView",
            {API_KEY: "api_key", "sender_domain": "sender_domain"},
            optional=("sender_domain",),
            signed_with="webhook_signing_key",
            id_is_used_once=True,  # only a time and this token are signed: a token seen before proves nothing more
            dead={("event-data", "severity"): ("permanent",)},
        ),
        _service(
            "resend",
            "Resend",
            "ResendTrackingWebhookView",
            signed_with="signing_secret",
            dead={("data", "bounce", "type"): ("Permanent",)},
        ),
        _service(
            "brevo",
            "Brevo",
            "BrevoTrackingWebhookView",
            dead={("event",): ("hard_bounce", "invalid_email")},
        ),
        _service(
            "mailersend",
            "MailerSend",
            "MailerSendTrackingWebhookView",
            {API_KEY: "api_token"},
            signed_with="signing_secret",
            takes_metadata=False,
            dead={("data", "type"): ("hard_bounced",)},
        ),
        _service(
            "mailjet",
            "Mailjet",
            "MailjetTrackingWebhookView",
            {API_KEY: "api_key", "api_secret": "secret_key"},
            dead={("hard_bounce",): (True,)},
        ),
        _service(
            "sparkpost",
            "SparkPost",
            "SparkPostTrackingWebhookView",
            dead={("msys", "message_event", "bounce_class"): ("10", "30")},
        ),
        _service(
            "mailtrap",
            "Mailtrap",
            "MailtrapTrackingWebhookView",
            {API_KEY: "api_token"},
            signed_with="tracking_secret",
            dead={("event",): ("bounce",)},
        ),
    )
}
