from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.anyreach import access
from api.anyreach.base import AnyreachView, body_of
from api.anyreach.serializers.configurations import (
    Configuration,
    ConfigurationCreate,
    ConfigurationList,
    ConfigurationUpdate,
    as_columns,
    shown_configuration,
)
from api.base import DialectRequest
from campaigns.services import create_configuration, soft_delete_configuration
from targets.configurations import change_configuration


class Configurations(AnyreachView):
    scopes = {"GET": access.READ, "POST": access.MANAGE}

    @extend_schema(operation_id="list_configurations", responses=ConfigurationList)
    def get(self, request: DialectRequest) -> Response:
        rows = access.configurations(request.caller).order_by("-created_at", "id")
        return Response(ConfigurationList({"configurations": list(map(shown_configuration, rows))}).data)

    @extend_schema(operation_id="create_configuration", request=ConfigurationCreate, responses={201: Configuration})
    def post(self, request: DialectRequest) -> Response:
        caller, columns = request.caller, as_columns(body_of(request, ConfigurationCreate))
        row = create_configuration(organization=caller.organization, actor=caller.actor, **columns)
        return Response(Configuration(shown_configuration(row)).data, status.HTTP_201_CREATED)


class ConfigurationDetail(AnyreachView):
    scopes = {"GET": access.READ, "PATCH": access.MANAGE, "DELETE": access.MANAGE}

    @extend_schema(operation_id="get_configuration", responses=Configuration)
    def get(self, request: DialectRequest, config_id: str) -> Response:
        row = access.configuration(request.caller, config_id)
        return Response(Configuration(shown_configuration(row)).data)

    @extend_schema(operation_id="update_configuration", request=ConfigurationUpdate, responses=Configuration)
    def patch(self, request: DialectRequest, config_id: str) -> Response:
        row = access.configuration(request.caller, config_id)
        columns = as_columns(body_of(request, ConfigurationUpdate))
        row = change_configuration(configuration=row, changes=columns, actor=request.caller.actor)
        return Response(Configuration(shown_configuration(row)).data)

    @extend_schema(operation_id="delete_configuration", responses={204: None})
    def delete(self, request: DialectRequest, config_id: str) -> Response:
        row = access.configuration(request.caller, config_id)
        soft_delete_configuration(configuration=row, actor=request.caller.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
