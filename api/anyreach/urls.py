"""The routes of the dialect, at the vendor's own paths, without a trailing slash.

Ids are plain strings here: campaigns and contacts are known by a UUID or by the caller's own id.
"""

from django.urls import path

from api.anyreach.views import campaigns, configurations, contacts, organization

urlpatterns = [
    path("campaign/campaigns", campaigns.Campaigns.as_view()),
    path("campaign/campaigns/<str:id>", campaigns.CampaignDetail.as_view()),
    path("campaign/campaigns/<str:id>/start", campaigns.CampaignStart.as_view()),
    path("campaign/campaigns/<str:id>/pause", campaigns.CampaignPause.as_view()),
    path("campaign/campaigns/<str:id>/close", campaigns.CampaignClose.as_view()),
    path("campaign/campaigns/<str:id>/contacts", contacts.Contacts.as_view()),
    path("campaign/campaigns/<str:id>/contacts/<str:contact_id>", contacts.ContactDetail.as_view()),
    path("campaign/campaigns/<str:id>/stats", campaigns.Stats.as_view()),
    path("campaign/configurations", configurations.Configurations.as_view()),
    path("campaign/configurations/<str:config_id>", configurations.ConfigurationDetail.as_view()),
    path("campaign/timezones", organization.KnownTimezones.as_view()),
    path("campaign/concurrency-settings", organization.ConcurrencySettings.as_view()),
]
