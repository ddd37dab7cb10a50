"""What a caller may do, and which rows they may see.

Every query of the dialect starts here, so that no view has to remember it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from api.anyreach.fields import DEFAULT, LONGEST_NAME, as_uuid
from api.caller import Caller
from campaigns.models import Campaign, CampaignQuerySet, Configuration
from campaigns.services import find_adhoc_campaign
from organizations.models import Role
from organizations.services import SCOPES
from targets.lifecycle import AttemptState
from targets.models import Attempt, CampaignTarget, TargetQuerySet

Scopes = tuple[str, ...]

READ: Scopes = ("campaigns:read", "campaigns:manage")
MANAGE: Scopes = ("campaigns:manage",)
READ_CONCURRENCY: Scopes = (*READ, "concurrency:read", "concurrency:manage")
MANAGE_CONCURRENCY: Scopes = ("campaigns:manage", "concurrency:manage")
ANY: Scopes = ()  # any valid credential

_READING = frozenset(scope for scope in SCOPES if scope.endswith(":read"))
_OF_ROLE: Mapping[str, frozenset[str]] = {
    Role.OWNER: frozenset(SCOPES),
    Role.ADMIN: frozenset(SCOPES),
    Role.OPERATOR: _READING | {"campaigns:manage"},
    Role.VIEWER: _READING,
}


def scopes_of(caller: Caller) -> frozenset[str]:
    """Return what a caller may do: the scopes of the token that the role of whom it stands for has, too."""
    granted = caller.api_key.scopes if caller.api_key else ()
    return _OF_ROLE.get(caller.role, frozenset()) & frozenset(granted)


class HasScope(BasePermission):
    """Let in a caller with one of the scopes the view names for the method; a method it does not name is refused."""

    message = "The token does not have the scope this needs."

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        scopes: Mapping[str, Scopes] = getattr(view, "scopes", {})
        if method not in scopes:
            raise MethodNotAllowed(str(request.method))
        return scopes[method] == ANY or not scopes_of(caller).isdisjoint(scopes[method])


def campaigns(caller: Caller) -> CampaignQuerySet:
    rows: CampaignQuerySet = Campaign.objects.for_organization(caller.organization)
    return rows.listed()


def configurations(caller: Caller) -> QuerySet[Configuration]:
    rows: QuerySet[Configuration] = Configuration.objects.for_organization(caller.organization)
    return rows


def campaign(caller: Caller, name: str) -> Campaign:
    """Return the campaign with this id or, where that is none, external id. Raises Http404."""
    found: Campaign = _one(campaigns(caller).select_related("organization"), name)
    return found


def campaign_of_contacts(caller: Caller, name: str) -> Campaign | None:
    """Return the campaign a path of contacts names. None: those of no campaign, of whom there were none so far."""
    if name == DEFAULT:
        return find_adhoc_campaign(organization=caller.organization)
    return campaign(caller, name)


def configuration(caller: Caller, name: str) -> Configuration:
    """Return the configuration with this id. Raises Http404."""
    found: Configuration = _one(configurations(caller), name, by_external_id=False)
    return found


def contacts(caller: Caller, of: Campaign | None) -> TargetQuerySet:
    """Return the contacts of a campaign the caller may see; of None, nobody."""
    rows: TargetQuerySet = CampaignTarget.objects.for_organization(caller.organization)
    return rows.filter(campaign=of) if of else rows.none()


def contact(caller: Caller, of: Campaign | None, name: str) -> CampaignTarget:
    """Return the contact with this id or, where that is none, external id. Raises Http404."""
    found: CampaignTarget = _one(with_attempts(contacts(caller, of), caller), name)
    return found


def with_attempts(rows: TargetQuerySet, caller: Caller) -> TargetQuerySet:
    """Return contacts that carry what their answer shows: the customer, and as `shown_attempts` the calls."""
    calls = Attempt.objects.for_organization(caller.organization).filter(channel=CampaignTarget.Channel.CALL)
    shown = calls.exclude(state=AttemptState.RELEASED).order_by("reserved_at", "number")
    return rows.select_related("campaign", "customer").prefetch_related(
        Prefetch("attempts", queryset=shown, to_attr="shown_attempts")
    )


def _one(rows: QuerySet[Any], name: str, *, by_external_id: bool = True) -> Any:
    key = as_uuid(name)
    found = rows.filter(pk=key).first() if key else None
    is_text = by_external_id and 0 < len(name) <= LONGEST_NAME and "\0" not in name
    if found is None and is_text:
        found = rows.filter(external_id=name).first()
    if found is None:
        raise Http404
    return found
