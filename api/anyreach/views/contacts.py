from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.anyreach import access
from api.anyreach.base import AnyreachView, asked_of, body_of
from api.anyreach.fields import DEFAULT
from api.anyreach.filters import ContactParameters
from api.anyreach.serializers.contacts import (
    Contact,
    ContactList,
    ContactsIn,
    Upserted,
    as_row,
    shown_contact,
    shown_result,
)
from api.anyreach.words import with_status
from api.base import DialectRequest
from campaigns.counters import read_counters
from campaigns.services import find_or_create_adhoc_campaign
from targets.upsert import upsert_targets, withdraw_target


class Contacts(AnyreachView):
    scopes = {"GET": access.READ, "POST": access.MANAGE}

    @extend_schema(operation_id="list_contacts", parameters=[ContactParameters], responses=ContactList)
    def get(self, request: DialectRequest, id: str) -> Response:
        caller, asked = request.caller, asked_of(request, ContactParameters)
        campaign = access.campaign_of_contacts(caller, id)
        rows, limit, offset = access.contacts(caller, campaign), asked["limit"], asked["offset"]
        if "status" in asked:
            rows = rows.filter(with_status(asked["status"], caller.organization))
            total = rows.count()
        else:  # counting a million rows costs more than their page; the counter costs nothing
            total = read_counters([campaign.pk])[campaign.pk].get("targets", 0) if campaign else 0
        page = access.with_attempts(rows, caller).order_by("-created_at", "id")[offset : offset + limit]
        answer = {"contacts": list(map(shown_contact, page)), "total": total, "limit": limit, "offset": offset}
        return Response(ContactList(answer).data)

    @extend_schema(operation_id="upsert_contacts", request=ContactsIn, responses=Upserted)
    def post(self, request: DialectRequest, id: str) -> Response:
        caller = request.caller
        if id != DEFAULT:
            campaign = access.campaign(caller, id)
        rows = [as_row(values) for values in body_of(request, ContactsIn)["contacts"]]
        if id == DEFAULT:
            campaign = find_or_create_adhoc_campaign(organization=caller.organization, actor=caller.actor)
        result = upsert_targets(campaign=campaign, rows=rows, actor=caller.actor)
        return Response(Upserted(shown_result(result)).data)


class ContactDetail(AnyreachView):
    scopes = {"GET": access.READ, "DELETE": access.MANAGE}

    @extend_schema(operation_id="get_contact", responses=Contact)
    def get(self, request: DialectRequest, id: str, contact_id: str) -> Response:
        campaign = access.campaign_of_contacts(request.caller, id)
        return Response(Contact(shown_contact(access.contact(request.caller, campaign, contact_id))).data)

    @extend_schema(operation_id="delete_contact", responses={204: None})
    def delete(self, request: DialectRequest, id: str, contact_id: str) -> Response:
        campaign = access.campaign_of_contacts(request.caller, id)
        target = access.contact(request.caller, campaign, contact_id)
        withdraw_target(target=target, actor=request.caller.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
