from campaigns.services.campaigns import create_campaign, restore_campaign, soft_delete_campaign, update_campaign
from campaigns.services.lifecycle import (
    close_campaign,
    complete_campaign,
    pause_campaign,
    resume_campaign,
    start_campaign,
    start_due_campaigns,
)
from campaigns.services.stages import create_stage, update_stage

__all__ = [
    "close_campaign",
    "complete_campaign",
    "create_campaign",
    "create_stage",
    "pause_campaign",
    "restore_campaign",
    "resume_campaign",
    "soft_delete_campaign",
    "start_campaign",
    "start_due_campaigns",
    "update_campaign",
    "update_stage",
]
