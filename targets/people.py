"""Find out, for one target, at which addresses and in which time zones the person may be reached."""

from __future__ import annotations

from collections.abc import Sequence

from lib import phone, zones
from targets.models import CampaignTarget

Channel = CampaignTarget.Channel


def phones_of(target: CampaignTarget) -> list[str]:
    """Return the person's numbers in the order they are tried. The customer must be loaded."""
    return list(target.phones) or target.customer.phones


def addresses_on(target: CampaignTarget, channel: str) -> list[str]:
    """Return the person's addresses on `channel`, each once, in the order they are tried."""
    if channel == Channel.EMAIL:
        return [target.customer.email] if target.customer.email else []
    return list(dict.fromkeys(phones_of(target)))


def address_for(
    target: CampaignTarget, channel: str, *, last: str = "", again: bool = False, unusable: frozenset[str] = frozenset()
) -> str | None:
    """Return where to try next on `channel`, None where no address is left.

    `last` is where it was tried the last time, "" if never. The next usable address after it is taken, the first one
    after the last one; the same one where it is to be tried `again`.
    """
    candidates = addresses_on(target, channel)
    if last in candidates:
        place = candidates.index(last) + (0 if again else 1)
        candidates = candidates[place:] + candidates[:place]
    return next((address for address in candidates if address not in unusable), None)


def all_addresses(target: CampaignTarget) -> list[str]:
    """Return every address the person is known to have, on any channel, each once."""
    customer = target.customer
    known = [*target.phones, *customer.phones, customer.email]
    return list(dict.fromkeys(address for address in known if address))


def candidate_zones(target: CampaignTarget, address: str) -> Sequence[str]:
    """Return every zone the person may be in, the likeliest first: a contact must be allowed in each. Empty: unknown.

    The first of these that says something decides: the target, the customer, the number's region together with the
    campaign's zone for people who carry none, the agent, the organization. A name that is no zone counts as unknown, so
    it closes. docs/adr/0010 says why the campaign's zone does not replace the number's.

    Of several numbers the one at `address` is asked; where that is no number, such as an email address, all of them.
    """
    stated = target.timezone or target.customer.timezone
    if stated:
        return [zones.canonical(stated)]
    numbers = [address] if address.startswith("+") else phones_of(target)
    found = dict.fromkeys(zone for number in numbers for zone in phone.zones(number))
    configuration = target.campaign.configuration
    default = zones.canonical(configuration.default_timezone) if configuration else ""
    if default:
        return [default, *(zone for zone in found if zone != default)] if default in found else [*found, default]
    if found:
        return list(found)
    agent = target.assigned_agent or target.campaign.agent
    fallback = (agent.timezone if agent else "") or target.campaign.organization.timezone
    return [zones.canonical(fallback)] if fallback else []
