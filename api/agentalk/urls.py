"""The routes of the dialect, mounted under `/api/`, without trailing slashes.

Ids are plain strings here, so that what is no id is answered as one that is not there.
"""

from django.urls import path

from api.agentalk.views import account, campaigns, contacts

urlpatterns = [
    path("account/custom-fields", account.CustomFields.as_view()),
    path("campaigns", campaigns.Campaigns.as_view()),
    path("campaigns/<str:campaign_id>", campaigns.CampaignDetail.as_view()),
    path("campaigns/<str:campaign_id>/complete", campaigns.CampaignComplete.as_view()),
    path("campaigns/<str:campaign_id>/contacts", campaigns.CampaignContacts.as_view()),
    path("campaigns/<str:campaign_id>/pause", campaigns.CampaignPause.as_view()),
    path("campaigns/<str:campaign_id>/resume", campaigns.CampaignResume.as_view()),
    path("campaigns/<str:campaign_id>/start", campaigns.CampaignStart.as_view()),
    path("campaigns/<str:campaign_id>/stop", campaigns.CampaignStop.as_view()),
    path("contacts", contacts.Contacts.as_view()),
    path("contacts/<str:contact_id>", contacts.ContactDetail.as_view()),
]
