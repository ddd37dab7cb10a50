"""What targets' services refuse, in domain words."""

from lib.errors import DomainError


class CampaignNotOpen(DomainError):
    """Say that nobody can be enrolled any more: the campaign is closed or completed for good."""

    code = "campaign_not_open"
