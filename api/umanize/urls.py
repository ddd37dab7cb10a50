"""The routes of the dialect, at the vendor's own paths: no trailing slash, custom verbs after a colon.

Ids are plain strings here, so that a malformed one is answered in the dialect's words instead of by the router.
"""

from django.urls import path

from api.umanize.views import campaigns, channels, customers, targets

urlpatterns = [
    path("campaigns", campaigns.Campaigns.as_view()),
    path("campaigns/<str:campaign_id>", campaigns.CampaignDetail.as_view()),
    path("campaigns/<str:campaign_id>/start", campaigns.CampaignStart.as_view()),
    path("campaigns/<str:campaign_id>/pause", campaigns.CampaignPause.as_view()),
    path("campaigns/<str:campaign_id>/resume", campaigns.CampaignResume.as_view()),
    path("campaigns/<str:campaign_id>/complete", campaigns.CampaignComplete.as_view()),
    path("campaigns/<str:campaign_id>/targets", targets.CampaignTargets.as_view()),
    path("campaigns/<str:campaign_id>/targets:bulk", targets.CampaignTargetsBulk.as_view()),
    path("customers", customers.Customers.as_view()),
    path("customers/<str:customer_id>", customers.CustomerDetail.as_view()),
    path("agents", channels.Agents.as_view()),
    path("phone-numbers", channels.PhoneNumbers.as_view()),
    path("whatsapp-channels", channels.WhatsAppChannels.as_view()),
]
