"""The admin's home page: today at a glance, what runs now, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from campaigns.counters import read_counters, read_organization_counters
from campaigns.lifecycle import Status
from campaigns.metrics import CampaignProgress
from campaigns.models import Campaign
from customers.models import ImportJob
from lib import clock
from organizations.admin_base import Capability, access_of
from organizations.admin_base.charts import calls_by_hour, calls_by_outcome
from organizations.models import Organization, SystemFlag
from organizations.switches import DIALING_FLAG, ON
from targets.admin.days import start_of_today
from targets.alerts import standing_alerts
from targets.figures import Day, calls_since
from targets.models import Attempt, CampaignTarget, ReviewItem

_ORGANIZATIONS_SHOWN = 20
_CAMPAIGNS_SHOWN = 50
# An import that failed longer ago has been seen to, or forgotten.
_FAILED_IMPORTS_SHOWN = timedelta(days=7)

_ASKED_BACK, _FOLLOW_UP, _ESCALATED = (f"targets.action.{name}" for name in ("callback", "follow_up", "escalation"))
_CONTACTS = "targets"


@dataclass(frozen=True, slots=True)
class CampaignLine:
    campaign: Campaign
    progress: CampaignProgress

    @property
    def percent(self) -> int:
        return round(self.progress.progress * 100)

    @property
    def done(self) -> int:
        return self.progress.contacts_done


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person, and the list that shows it."""

    count: int
    words: str
    icon: str
    link: str


@dataclass(frozen=True, slots=True)
class OrganizationCard:
    organization: Organization
    live_calls: int
    running: int
    today: Day
    needs: Sequence[Need]
    next_step: Need | None  # what to do where nothing has been set up yet
    links: Mapping[str, str]

    @property
    def answered_percent(self) -> int:
        return round(100 * self.today.answered / self.today.dialed) if self.today.dialed else 0


def environment(request: HttpRequest) -> list[str] | None:
    """Return what the header says about the clock, nothing in real time."""
    simulated = clock.simulated()
    return [f"simulated time, {simulated.rate:g} times as fast", "warning"] if simulated else None


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard to the context of the home page; a constant number of queries."""
    organizations = list(_visible(request)[:_ORGANIZATIONS_SHOWN])
    keys = [organization.pk for organization in organizations]
    now, since = clock.now(), start_of_today()
    days = calls_since(keys, since)
    running = Campaign.objects.running().filter(organization__in=keys).select_related("organization")
    campaigns = list(running.order_by("-priority", "-pk")[:_CAMPAIGNS_SHOWN])
    counters = read_counters([campaign.pk for campaign in campaigns])
    flag = SystemFlag.objects.filter(key=DIALING_FLAG).exclude(value=ON).first()
    shown = {
        "cards": _cards(organizations, days, running),
        "running": [CampaignLine(campaign, CampaignProgress.of(counters[campaign.pk])) for campaign in campaigns],
        "platform_switch": flag,
        "alerts": standing_alerts() if access_of(request).is_superuser else [],
        "now": now,
        **_charts(days.values()),
    }
    return {**context, **shown, "title": "Home"}


def _visible(request: HttpRequest) -> QuerySet[Any]:
    access, rows = access_of(request), Organization.objects.order_by("name")
    return rows if access.is_superuser else rows.filter(pk__in=access.organizations(Capability.VIEW))


def _cards(organizations: Sequence[Organization], days: Mapping[UUID, Day], running: Any) -> list[OrganizationCard]:
    keys = [organization.pk for organization in organizations]
    live = _count(Attempt.objects.live().filter(channel=CampaignTarget.Channel.CALL), keys)
    runs = _count(running, keys)
    counters = read_organization_counters(keys, [_CONTACTS, _ASKED_BACK, _FOLLOW_UP, _ESCALATED])
    needs, campaigns = _needs(keys, counters), _count(Campaign.objects.listed(), keys)
    return [
        OrganizationCard(
            organization=organization,
            live_calls=live.get(organization.pk, 0),
            running=runs.get(organization.pk, 0),
            today=days[organization.pk],
            needs=[need for need in needs[organization.pk] if need.count],
            next_step=_next_step(
                organization.pk,
                campaigns=campaigns.get(organization.pk, 0),
                contacts=counters[organization.pk].get(_CONTACTS, 0),
                running=runs.get(organization.pk, 0),
            ),
            links=_links(organization.pk),
        )
        for organization in organizations
    ]


def _next_step(key: UUID, *, campaigns: int, contacts: int, running: int) -> Need | None:
    """Return what is to be done before anybody can be called, None where somebody is being called."""
    if running:
        return None
    if not campaigns:
        return Need(0, "Make the first campaign", "add", reverse("admin:campaigns_campaign_add"))
    if not contacts:
        return Need(0, "Import the people to be called", "upload_file", _list("customers_importjob", key))
    return Need(0, "Choose a campaign and start it", "play_arrow", _list("campaigns_campaign", key))


def _needs(keys: Sequence[UUID], counters: Mapping[UUID, Mapping[str, int]]) -> dict[UUID, list[Need]]:
    reviews = _count(ReviewItem.objects.filter(decided_at__isnull=True), keys)
    stopped = _count(Campaign.objects.paused_by_platform(), keys)
    recently = start_of_today() - _FAILED_IMPORTS_SHOWN
    failed = {"state__exact": ImportJob.State.FAILED}
    imports = _count(ImportJob.objects.filter(**failed, created_at__gte=recently), keys)
    return {
        key: [
            Need(
                reviews.get(key, 0),
                "to decide in the review queue",
                "rate_review",
                _list("targets_reviewitem", key, decided_at__isempty="1"),
            ),
            Need(
                stopped.get(key, 0),
                "paused by the platform",
                "front_hand",
                _list("campaigns_campaign", key, stopped="platform"),
            ),
            Need(
                imports.get(key, 0),
                "failed in the last 7 days, of the imports",
                "upload_file",
                _list("customers_importjob", key, **failed, created_at__gte=recently.isoformat()),
            ),
            *(
                Need(counters[key].get(name, 0), words, icon, _list("targets_campaigntarget", key, needs=need))
                for name, words, icon, need in (
                    (_ASKED_BACK, "asked to be called back", "phone_callback", "callback"),
                    (_ESCALATED, "asked for somebody in charge", "priority_high", "escalation"),
                    (_FOLLOW_UP, "to follow up", "assignment_ind", "follow_up"),
                )
            ),
        ]
        for key in keys
    }


def _links(key: UUID) -> dict[str, str]:
    since = start_of_today().isoformat()
    calls = {"channel__exact": "call", "reserved_at__gte": since, "sent": "1"}
    return {
        "running": _list("campaigns_campaign", key, status__exact=Status.RUNNING),
        "live": _list("targets_attempt", key, channel__exact="call", live="1"),
        "dialed": _list("targets_attempt", key, **calls),
        "answered": _list("targets_attempt", key, **calls, outcome__exact="answered"),
        "met": _list("targets_campaigntarget", key, met="today", deleted="too"),
    }


def _list(model: str, organization_id: UUID, **filters: str) -> str:
    """Return the address of a filtered list of one organization's rows."""
    return reverse(f"admin:{model}_changelist", query={**filters, "organization": str(organization_id)})


def _charts(days: Iterable[Day]) -> dict[str, Any]:
    hours: dict[int, Counter[str]] = {}
    for day in days:
        for hour, counts in day.hours.items():
            hours.setdefault(hour, Counter()).update(counts)
    empty = "No calls yet today."
    return {
        "hours_chart": calls_by_hour(hours, start_of_today(), clock.now(), empty=empty),
        "outcomes_chart": calls_by_outcome(sum(hours.values(), Counter()), empty=empty),
    }


def _count(rows: QuerySet[Any], organizations: Sequence[UUID]) -> Mapping[UUID, int]:
    counted = rows.filter(organization__in=organizations).order_by().values_list("organization")
    return dict(counted.annotate(count=Count("pk")))
