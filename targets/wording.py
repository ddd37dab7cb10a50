"""Put an operator's words into the form a channel wants, for one person."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.html import escape, linebreaks

from targets.models import CampaignTarget

_PLACEHOLDER = re.compile(r"\{\{\s*(name|surname|organization)\s*\}\}")
# Who writes, and what to click to hear no more, in the languages we speak.
_LEAVING = {
    "en": ("You receive this email from {organization}.", "Unsubscribe"),
    "es": ("Recibe este correo de {organization}.", "Darse de baja"),
    "it": ("Ricevi questa email da {organization}.", "Annulla l'iscrizione"),
}


@dataclass(frozen=True, slots=True)
class EmailWords:
    """What an email says, once as plain text and once as HTML."""

    text: str
    html: str


def personalized(text: str, target: CampaignTarget) -> str:
    """Fill ``{{name}}``, ``{{surname}}`` and ``{{organization}}`` into an operator's text, each once."""
    customer = target.customer
    values = {
        "name": customer.name or "",
        "surname": customer.surname or "",
        "organization": target.campaign.organization.name,
    }
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def email_words(text: str, target: CampaignTarget, *, unsubscribe_url: str) -> EmailWords:
    """Return the two forms of `text`, each with who it is from and the link to leave by."""
    language = target.customer.language[:2].lower()
    sentence, leave = _LEAVING.get(language, _LEAVING["en"])
    sender = sentence.format(organization=target.campaign.organization.name)
    link = f'<a href="{escape(unsubscribe_url)}">{escape(leave)}</a>'
    html = (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n'
        f"{linebreaks(text, autoescape=True)}\n<hr>\n<p><small>{escape(sender)} {link}</small></p>\n</body></html>\n"
    )
    return EmailWords(f"{text.rstrip()}\n\n-- \n{sender}\n{leave}: {unsubscribe_url}\n", html)
