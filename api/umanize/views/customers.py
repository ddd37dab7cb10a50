from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of, body_of
from api.umanize.filters import CustomerCampaignParameters, CustomerParameters
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.campaigns import CampaignListItemOut
from api.umanize.serializers.customers import CustomerIn, CustomerOut, CustomerUpdate
from api.umanize.views.campaigns import page_of_campaigns
from customers.services import CustomerData, create_customer, restore_customer, update_customer
from targets.leaving import remove_customer


class Customers(UmanizeView):
    @extend_schema(
        operation_id="list_customers",
        tags=["customers"],
        parameters=[CustomerParameters],
        responses=envelope(CustomerOut),
    )
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, CustomerParameters)
        page = Page.of(access.customers(request.caller, asked), asked, CustomerParameters)
        return page.answer(CustomerOut, {} if asked.include_aggregations else None)

    @extend_schema(operation_id="create_customer", tags=["customers"], request=CustomerIn, responses={201: CustomerOut})
    def post(self, request: DialectRequest) -> Response:
        caller, values = request.caller, body_of(request, CustomerIn)
        agent = access.chosen_agent(caller, values.pop("agent_id", None))
        customer = create_customer(
            organization=caller.organization,
            data=CustomerData(**values, agent=agent),
            owner=caller.user,
            actor=caller.actor,
        )
        return Response(CustomerOut(customer).data, status.HTTP_201_CREATED)


class CustomerDetail(UmanizeView):
    @extend_schema(operation_id="get_customer", tags=["customers"], responses=CustomerOut)
    def get(self, request: DialectRequest, customer_id: str) -> Response:
        customer = access.one(access.customers(request.caller), self.ids["customer_id"])
        return Response(CustomerOut(customer).data)

    @extend_schema(operation_id="update_customer", tags=["customers"], request=CustomerUpdate, responses=CustomerOut)
    def patch(self, request: DialectRequest, customer_id: str) -> Response:
        caller = request.caller
        customer = access.one(access.customers(caller), self.ids["customer_id"])
        changes = body_of(request, CustomerUpdate)
        if "agent_id" in changes:
            changes["agent"] = access.chosen_agent(caller, changes.pop("agent_id"))
        customer = update_customer(customer=customer, changes=changes, actor=caller.actor)
        return Response(CustomerOut(customer).data)

    @extend_schema(operation_id="delete_customer", tags=["customers"], responses={204: None})
    def delete(self, request: DialectRequest, customer_id: str) -> Response:
        customer = access.one(access.customers(request.caller), self.ids["customer_id"])
        remove_customer(customer=customer, actor=request.caller.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CustomerRestore(UmanizeView):
    @extend_schema(operation_id="restore_customer", tags=["customers"], request=None, responses=CustomerOut)
    def post(self, request: DialectRequest, customer_id: str) -> Response:
        customer = access.one(access.customers_even_deleted(request.caller), self.ids["customer_id"])
        if customer.is_deleted:
            customer = restore_customer(customer=customer, actor=request.caller.actor)
        return Response(CustomerOut(customer).data)


class CustomerCampaigns(UmanizeView):
    @extend_schema(
        operation_id="list_customer_campaigns_customers__customer_id__campaigns_get",
        tags=["customer-campaigns"],
        parameters=[CustomerCampaignParameters],
        responses=envelope(CampaignListItemOut),
    )
    def get(self, request: DialectRequest, customer_id: str) -> Response:
        customer = access.one(access.customers(request.caller), self.ids["customer_id"])
        asked = asked_of(request, CustomerCampaignParameters)
        return page_of_campaigns(access.campaigns_of(request.caller, customer, asked), asked)
