"""Say in words which limits leave a campaign no line."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from campaigns.models import Campaign


def levels_in_words(levels: Sequence[str], campaign: Campaign) -> str:
    """Return the limits of `Capacity.limits_reached` as words, the widest first; "" where none is reached."""
    named = [_level(level, campaign) for level in levels]
    return f"at {' and '.join(named)}" if named else ""


def _level(level: str, campaign: Campaign) -> str:
    account = campaign.agent.provider_account if campaign.agent else None
    number = campaign.phone_number
    match level:
        case "platform":
            return f"the platform's limit of {_calls(settings.PLATFORM_CONCURRENCY_LIMIT)}"
        case "organization":
            return f"the organization's limit of {_calls(campaign.organization.concurrency_limit)}"
        case "campaign":
            return f"the campaign's limit of {_calls(campaign.concurrency_limit)}"
        case "phone_number":
            return f"the number's limit of {_calls(number.concurrency_limit if number else None)}"
        case "account":
            return f"the provider account's limit of {_calls(account.concurrency_limit if account else None)}"
        case "pace":
            return "the provider account's pace"
        case _:
            return f"the limit of the {level.replace('_', ' ')}"


def _calls(limit: int | None) -> str:
    return f"{limit} call{'' if limit == 1 else 's'} at once"
