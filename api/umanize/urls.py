"""The routes of the dialect, at the vendor's own paths: no trailing slash, custom verbs after a colon.

Ids are plain strings here, so that a malformed one is answered in the dialect's words instead of by the router.
"""

from django.urls import path

from api.umanize.views import (
    calls,
    campaign,
    campaigns,
    channels,
    customers,
    enrolment,
    imports,
    insight,
    moves,
    stages,
    targets,
    tokens,
)
from api.umanize.views import target as one_target

urlpatterns = [
    path("auth/token", tokens.Tokens.as_view()),
    path("auth/token/refresh", tokens.TokenRefresh.as_view()),
    path("campaigns", campaigns.Campaigns.as_view()),
    path("campaigns/<str:campaign_id>", campaign.CampaignDetail.as_view()),
    path("campaigns/<str:campaign_id>/goal", campaign.CampaignGoal.as_view()),
    path("campaigns/<str:campaign_id>/restore", campaign.CampaignRestore.as_view()),
    path("campaigns/<str:campaign_id>/start", moves.CampaignStart.as_view()),
    path("campaigns/<str:campaign_id>/pause", moves.CampaignPause.as_view()),
    path("campaigns/<str:campaign_id>/resume", moves.CampaignResume.as_view()),
    path("campaigns/<str:campaign_id>/complete", moves.CampaignComplete.as_view()),
    path("campaigns/<str:campaign_id>/analytics", insight.CampaignAnalytics.as_view()),
    path("campaigns/<str:campaign_id>/activity", insight.CampaignActivity.as_view()),
    path("campaigns/<str:campaign_id>/stages", stages.CampaignStages.as_view()),
    path("campaigns/<str:campaign_id>/stages/<str:stage_id>", stages.CampaignStageDetail.as_view()),
    path("campaigns/<str:campaign_id>/targets", targets.CampaignTargets.as_view()),
    path("campaigns/<str:campaign_id>/targets:bulk", enrolment.CampaignTargetsBulk.as_view()),
    path("campaigns/<str:campaign_id>/targets:create-customer", enrolment.CampaignTargetsCreateCustomer.as_view()),
    path("campaigns/<str:campaign_id>/targets/<str:target_id>", one_target.CampaignTargetDetail.as_view()),
    path("campaigns/<str:campaign_id>/targets/<str:target_id>/restore", one_target.CampaignTargetRestore.as_view()),
    path("campaigns/<str:campaign_id>/targets/<str:target_id>/stage", one_target.CampaignTargetStage.as_view()),
    path(
        "campaigns/<str:campaign_id>/targets/<str:target_id>/verify-goal",
        one_target.CampaignTargetVerifyGoal.as_view(),
    ),
    path("campaigns/<str:campaign_id>/targets:import", imports.CampaignTargetsImport.as_view()),
    path("customers:import", imports.CustomersImport.as_view()),
    path("imports", imports.Imports.as_view()),
    path("imports/<str:import_id>", imports.ImportDetail.as_view()),
    path("imports/<str:import_id>/errors", imports.ImportErrors.as_view()),
    path("customers", customers.Customers.as_view()),
    path("customers/<str:customer_id>", customers.CustomerDetail.as_view()),
    path("customers/<str:customer_id>/restore", customers.CustomerRestore.as_view()),
    path("customers/<str:customer_id>/campaigns", customers.CustomerCampaigns.as_view()),
    path("calls", calls.Calls.as_view()),
    path("agents", channels.collection(channels.AgentView, "agent", "agents").as_view()),
    path("agents/<str:agent_id>", channels.member(channels.AgentView, "agent").as_view()),
    path("phone-numbers", channels.collection(channels.PhoneNumberView, "phone_number", "phone_numbers").as_view()),
    path("phone-numbers/<str:phone_number_id>", channels.member(channels.PhoneNumberView, "phone_number").as_view()),
    path(
        "whatsapp-channels",
        channels.collection(channels.WhatsAppView, "whatsapp_channel", "whatsapp_channels").as_view(),
    ),
    path(
        "whatsapp-channels/<str:whatsapp_channel_id>",
        channels.member(channels.WhatsAppView, "whatsapp_channel").as_view(),
    ),
    path("email-channels", channels.collection(channels.EmailView, "email_channel", "email_channels").as_view()),
    path("email-channels/<str:email_channel_id>", channels.member(channels.EmailView, "email_channel").as_view()),
]
