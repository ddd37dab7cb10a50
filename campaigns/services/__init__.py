from campaigns.services.activity import activate_campaign, deactivate_campaign
from campaigns.services.adhoc import find_adhoc_campaign, find_or_create_adhoc_campaign
from campaigns.services.campaigns import (
    create_campaign,
    preview_campaign,
    restore_campaign,
    soft_delete_campaign,
    update_campaign,
)
from campaigns.services.cloning import clone_campaign
from campaigns.services.configurations import (
    create_configuration,
    preview_configuration,
    soft_delete_configuration,
    update_configuration,
)
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
    "activate_campaign",
    "clone_campaign",
    "close_campaign",
    "complete_campaign",
    "create_campaign",
    "create_configuration",
    "create_stage",
    "deactivate_campaign",
    "find_adhoc_campaign",
    "find_or_create_adhoc_campaign",
    "pause_campaign",
    "preview_campaign",
    "preview_configuration",
    "restore_campaign",
    "resume_campaign",
    "soft_delete_campaign",
    "soft_delete_configuration",
    "start_campaign",
    "start_due_campaigns",
    "update_campaign",
    "update_configuration",
    "update_stage",
]
