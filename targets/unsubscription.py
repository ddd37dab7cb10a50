"""Let people leave by a link in an email, without a login and for as long as they keep the email.

The link holds the attempt's id and our signature over it, so nothing about the person. Whom it stops is read from the
dial ledger, which outlives erasure and every deletion, and the person's other addresses from what is left of them.
"""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from customers.models import DialLedger, Suppression
from customers.models.suppression import Channel
from customers.services.addresses import address_hashes
from customers.suppressions import suppress_hash
from organizations.models import Organization
from targets.models import Attempt
from targets.optouts import opt_out_address, opt_out_whoever_wrote

_SOURCE = Suppression.Source.UNSUBSCRIBE
# Not for sessions or anything else that is signed with the same key.
_SIGNER_SALT = "targets.unsubscription"
_EVERY_CHANNEL = ""


def unsubscribe_url(attempt_id: UUID) -> str:
    """Return the address at which the receiver of this attempt can leave."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/unsubscribe/{make_token(attempt_id)}"


def make_token(attempt_id: UUID) -> str:
    """Return the signed text that stands for an attempt: letters, digits, ``-``, ``_`` and one ``.``."""
    return _signer().sign(base64.urlsafe_b64encode(attempt_id.bytes).decode().rstrip("="))


def read_token(token: str) -> UUID | None:
    """Return the attempt a token stands for, None where we did not make it. Runs no query."""
    try:
        encoded = _signer().unsign(token)
        return UUID(bytes=base64.urlsafe_b64decode(f"{encoded}=="))
    except (BadSignature, binascii.Error, ValueError):
        return None


def unsubscribe(*, token: str, everywhere: bool = False) -> bool:
    """Stop emails to whom the token's email went, or `everywhere` every contact; False where there is nobody.

    Doing it again changes nothing. The organization comes from the ledger, never from the caller.
    """
    attempt_id = read_token(token)
    contact = DialLedger.objects.filter(attempt_id=attempt_id).first() if attempt_id else None
    organization = Organization.objects.filter(pk=contact.organization_id).first() if contact else None
    if contact is None or organization is None:
        return False
    attempt = Attempt.objects.for_organization(organization).filter(pk=contact.attempt_id).first()
    if attempt is None or not _is_kept_as(attempt.address, contact.address_hash):
        suppress_hash(
            organization=organization,
            hashed=contact.address_hash,
            key_version=contact.hash_key_version,
            channel=_EVERY_CHANNEL if everywhere else Channel.EMAIL,
            source=_SOURCE,
        )
    elif everywhere:
        opt_out_whoever_wrote(
            organization=organization, address=attempt.address, customer=attempt.customer, source=_SOURCE
        )
    else:
        opt_out_address(organization=organization, address=attempt.address, channel=Channel.EMAIL, source=_SOURCE)
    return True


def _is_kept_as(address: str, hashed: str) -> bool:
    """Say whether the address is the one with this hash; one that was erased is not."""
    try:
        return hashed in address_hashes(address)
    except ValueError:
        return False


def _signer() -> Signer:
    return Signer(sep=".", salt=_SIGNER_SALT)
