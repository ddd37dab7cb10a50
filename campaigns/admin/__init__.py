"""The admin's pages of campaigns, their configurations, and what happened to them."""

from campaigns.admin import campaign, configuration, records

__all__ = ["campaign", "configuration", "records"]
