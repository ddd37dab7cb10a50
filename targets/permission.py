"""Say which of a person's addresses may not be contacted, so that the next one is tried or the outreach ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from customers.models import Suppression
from customers.services.addresses import is_stored_form
from customers.suppressions import binding_rules
from targets.models import CampaignTarget
from targets.people import addresses_on

# {address: the hold reason that says why it may not be contacted}
Barred = Mapping[str, str]

# An address no rule can be looked up for. Nothing forbids it, and nobody can know that: it is not contacted.
_UNREADABLE = "address.unreadable"


def barred_addresses(
    targets: Collection[CampaignTarget], at: datetime, *, channel: str | None = None
) -> dict[UUID, Barred]:
    """Return, for each target that has any, its addresses on `channel` (None: its next one) that are barred at `at`.

    One query for each organization. Customers must be loaded.
    """
    rules = _rules(targets, at, channel)
    found: dict[UUID, Barred] = {}
    for target in targets:
        on = channel or target.next_channel
        addresses = addresses_on(target, on)
        reasons = {a: _reason(rules[target.organization_id].get(a, ()), on, a) for a in addresses}
        barred = {address: reason for address, reason in reasons.items() if reason}
        if barred:
            found[target.pk] = barred
    return found


def _rules(
    targets: Collection[CampaignTarget], at: datetime, channel: str | None
) -> dict[UUID, Mapping[str, Sequence[Suppression]]]:
    addresses: defaultdict[UUID, set[str]] = defaultdict(set)
    for target in targets:
        addresses[target.organization_id].update(
            filter(is_stored_form, addresses_on(target, channel or target.next_channel))
        )
    return {
        organization_id: binding_rules(organization_id=organization_id, addresses=some, at=at)
        for organization_id, some in addresses.items()
    }


def _reason(rules: Sequence[Suppression], channel: str, address: str) -> str:
    if not is_stored_form(address):
        return _UNREADABLE
    binding = next((rule for rule in rules if rule.channel in ("", channel)), None)
    return f"suppressed.{binding.source}" if binding else ""
