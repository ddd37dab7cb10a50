from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.agentalk import access
from api.agentalk.base import AgentalkView, asked_of, body_of
from api.agentalk.filters import ContactParameters
from api.agentalk.pagination import envelope, slice_of
from api.agentalk.serializers.contacts import ContactIn, ContactListOut, ContactOut
from api.base import DialectRequest
from customers.services import create_or_update_customer
from targets.leaving import remove_customer


class Contacts(AgentalkView):
    properties = {"name": "firstName", "surname": "lastName", "custom_fields": "fields"}

    @extend_schema(
        operation_id="contacts_retrieve", tags=["Contacts"], parameters=[ContactParameters], responses=ContactListOut
    )
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, ContactParameters)
        rows = access.customers(request.caller)
        if asked.get("q"):
            rows = rows.matching(asked["q"])
        found, total = slice_of(rows, asked)
        return Response(envelope("contacts", list(ContactOut(found, many=True).data), total, asked))

    @extend_schema(
        operation_id="contacts_create",
        tags=["Contacts"],
        request=ContactIn,
        responses={200: ContactOut, 201: ContactOut},
    )
    def post(self, request: DialectRequest) -> Response:
        caller, values = request.caller, body_of(request, ContactIn)
        customer, is_new = create_or_update_customer(
            organization=caller.organization,
            phone=values.pop("phone"),
            changes=values,
            owner=caller.user,
            actor=caller.actor,
        )
        return Response(ContactOut(customer).data, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class ContactDetail(AgentalkView):
    @extend_schema(operation_id="contacts_detail_retrieve", tags=["Contacts"], responses=ContactOut)
    def get(self, request: DialectRequest, contact_id: str) -> Response:
        return Response(ContactOut(access.one(access.customers(request.caller), contact_id)).data)

    @extend_schema(operation_id="contacts_destroy", tags=["Contacts"], responses={204: None})
    def delete(self, request: DialectRequest, contact_id: str) -> Response:
        customer = access.one(access.customers(request.caller), contact_id)
        remove_customer(customer=customer, actor=request.caller.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
