from campaigns.models.campaign import Campaign, CampaignQuerySet, Stage
from campaigns.models.configuration import Configuration
from campaigns.models.facts import ActivityEvent, CampaignEvent, Counter, CounterDelta

__all__ = [
    "ActivityEvent",
    "Campaign",
    "CampaignEvent",
    "CampaignQuerySet",
    "Configuration",
    "Counter",
    "CounterDelta",
    "Stage",
]
