"""The looks of the admin: its name and its sidebar. Icons and fonts come with the theme, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    def permission(request: HttpRequest) -> bool:
        from django.apps import apps
        from django.contrib import admin

        return admin.site.get_model_admin(apps.get_model(model)).has_view_permission(request)

    return permission


def _page(title: str, icon: str, model: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _may_view(model)}


def _group(title: str, *items: dict[str, Any], collapsible: bool = False) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": collapsible, "items": list(items)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Outbound",
    "SITE_HEADER": "Outbound",
    "SITE_SUBHEADER": "voice and messages",
    "SITE_SYMBOL": "phone_in_talk",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("desk/favicon.svg")}],
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "targets.admin.home.environment",
    "DASHBOARD_CALLBACK": "targets.admin.home.fill",
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [
        lambda request: static("desk/charts.js"),
        lambda request: static("desk/windows.js"),
        lambda request: static("desk/desk.js"),
    ],
    "SIDEBAR": {
        "navigation": [
            {"title": "", "items": [{"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")}]},
            _group(
                "Campaigns",
                _page("Campaigns", "campaign", "campaigns.campaign"),
                _page("Configurations", "tune", "campaigns.configuration"),
                _page("Activity", "timeline", "campaigns.activityevent"),
                _page("Blackout days", "event_busy", "organizations.blackout"),
            ),
            _group(
                "People",
                _page("Customers", "group", "customers.customer"),
                _page("Imports", "upload_file", "customers.importjob"),
                _page("Bulk actions", "checklist", "organizations.bulkjob"),
                _page("Suppressions", "do_not_disturb_on", "customers.suppression"),
                _page("Custom fields", "list_alt", "customers.customfield"),
            ),
            _group(
                "Results",
                _page("Targets", "ads_click", "targets.campaigntarget"),
                _page("Attempts", "call", "targets.attempt"),
                _page("Conversations", "forum", "targets.conversation"),
                _page("Verifications", "fact_check", "targets.verification"),
                _page("To review", "rate_review", "targets.reviewitem"),
                _page("Replies", "mark_chat_unread", "targets.inboundmessage"),
                _page("Appointments", "event_available", "targets.appointment"),
            ),
            _group(
                "Channels",
                _page("Agents", "support_agent", "organizations.agent"),
                _page("Phone numbers", "dialpad", "organizations.phonenumber"),
                _page("WhatsApp", "chat", "organizations.whatsappchannel"),
                _page("Email", "mail", "organizations.emailchannel"),
                _page("Provider accounts", "cable", "organizations.provideraccount"),
            ),
            _group(
                "Access",
                _page("Organizations", "apartment", "organizations.organization"),
                _page("Users", "person", "organizations.user"),
                _page("Memberships", "badge", "organizations.membership"),
                _page("API keys", "key", "organizations.apikey"),
                _page("Audit log", "policy", "organizations.auditevent"),
            ),
            _group(
                "System",
                _page("Switches", "power_settings_new", "organizations.systemflag"),
                _page("Webhook inbox", "inbox", "targets.inboxevent"),
                _page("Outbox", "outbox", "targets.outboxmessage"),
                _page("Attempt moves", "swap_vert", "targets.attemptevent"),
                _page("Campaign moves", "swap_horiz", "campaigns.campaignevent"),
                _page("Dial ledger", "menu_book", "customers.dialledger"),
                _page("Rejected rows", "rule", "customers.importrejection"),
                _page("Idempotency keys", "replay", "organizations.idempotencykey"),
                collapsible=True,
            ),
        ],
    },
}
