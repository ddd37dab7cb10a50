from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of, body_of
from api.umanize.filters import CustomerParameters
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.customers import CustomerIn, CustomerOut
from customers.services import CustomerData, create_customer


class Customers(UmanizeView):
    @extend_schema(operation_id="list_customers", parameters=[CustomerParameters], responses=envelope(CustomerOut))
    def get(self, request: DialectRequest) -> Response:
        asked = asked_of(request, CustomerParameters)
        rows = access.customers(request.caller, asked).filter(**asked.filters)
        page = Page.of(rows, asked, CustomerParameters.sortable)
        return page.answer(CustomerOut, {} if asked.include_aggregations else None)

    @extend_schema(operation_id="create_customer", request=CustomerIn, responses={201: CustomerOut})
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
    @extend_schema(operation_id="get_customer", responses=CustomerOut)
    def get(self, request: DialectRequest, customer_id: str) -> Response:
        customer = access.one(access.customers(request.caller), self.ids["customer_id"])
        return Response(CustomerOut(customer).data)
