from __future__ import annotations

from django.contrib import admin

from campaigns.models import ActivityEvent, Campaign, CampaignEvent
from organizations.admin_base import BigTable, Capability, FactAdmin, RelatedFilter


class CampaignFilter(RelatedFilter):
    title = "campaign"
    parameter_name = "campaign"
    related_model = Campaign


@admin.register(ActivityEvent)
class ActivityEventAdmin(BigTable, FactAdmin):
    list_display = ("at", "campaign", "kind", "user", "data")
    list_filter = (CampaignFilter,)
    list_select_related = ("campaign", "user")
    fieldsets = ((None, {"fields": ("at", "campaign", "target_id", "kind", "user", "data")}),)


@admin.register(CampaignEvent)
class CampaignEventAdmin(BigTable, FactAdmin):
    """Every change of a status, as a trigger wrote it. It names its campaign by id only."""

    view_needs = Capability.PLATFORM
    list_display = ("at", "campaign_id", "old_status", "new_status")
    search_fields = ("campaign_id__exact",)
    search_help_text = "the id of a campaign"
    fieldsets = ((None, {"fields": ("at", "campaign_id", "old_status", "new_status")}),)
