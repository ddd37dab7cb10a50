"""Who speaks, and from where: what a campaign can be given."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from api.base import DialectRequest
from api.caller import Caller
from api.umanize import access
from api.umanize.base import UmanizeView, asked_of, body_of
from api.umanize.fields import Shape
from api.umanize.filters import NamedParameters, NumberParameters
from api.umanize.pagination import Page, envelope
from api.umanize.serializers.channels import (
    AgentIn,
    AgentOut,
    AgentUpdate,
    EmailChannelIn,
    EmailChannelOut,
    EmailChannelUpdate,
    PhoneNumberIn,
    PhoneNumberOut,
    PhoneNumberUpdate,
    WhatsAppChannelIn,
    WhatsAppChannelOut,
    WhatsAppChannelUpdate,
)
from campaigns.services.channels import soft_delete_channel
from organizations.models import Agent, EmailChannel, PhoneNumber, WhatsAppChannel
from organizations.services.channels import create_channel, update_channel

_ADMINS = "Only admins may change what the whole organization uses."


class ChannelView(UmanizeView):
    """The list of one kind, or one of them. Subclasses say which kind it is and who may change it."""

    model: ClassVar[type[Any]]
    shape_in: ClassVar[type[Shape]]
    shape_update: ClassVar[type[Shape]]
    shape_out: ClassVar[type[Shape]]
    parameters: ClassVar[type[NamedParameters | NumberParameters]] = NamedParameters

    def seen(self, caller: Caller) -> QuerySet[Any]:
        """Return the rows the caller may use."""
        raise NotImplementedError

    def changeable(self, caller: Caller) -> QuerySet[Any]:
        """Return the rows the caller may change. Raises PermissionDenied where that takes an admin."""
        access.require_admin(caller, _ADMINS)
        return self.seen(caller)

    def listed(self, request: DialectRequest) -> Response:
        asked, rows = asked_of(request, self.parameters), self.seen(request.caller)
        if asked.q:
            names = [name for name in self.parameters.sortable if not name.endswith("_at")]
            rows = rows.filter(Q(*[(f"{name}__icontains", asked.q) for name in names], _connector=Q.OR))
        page = Page.of(rows, asked, self.parameters)
        return page.answer(self.shape_out, {} if asked.include_aggregations else None)

    def created(self, request: DialectRequest) -> Response:
        caller = request.caller
        self.changeable(caller)
        row = create_channel(
            self.model,
            organization=caller.organization,
            values=body_of(request, self.shape_in),
            owner=None if caller.is_admin else caller.user,
            actor=caller.actor,
        )
        return Response(self.shape_out(row).data, status.HTTP_201_CREATED)

    def shown(self, request: DialectRequest) -> Response:
        return Response(self.shape_out(access.one(self.seen(request.caller), self._id)).data)

    def changed(self, request: DialectRequest) -> Response:
        row = access.one(self.changeable(request.caller), self._id)
        changes = body_of(request, self.shape_update)
        return Response(self.shape_out(update_channel(channel=row, changes=changes, actor=request.caller.actor)).data)

    def deleted(self, request: DialectRequest) -> Response:
        row = access.one(self.changeable(request.caller), self._id)
        soft_delete_channel(channel=row, actor=request.caller.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @property
    def _id(self) -> Any:
        return next(iter(self.ids.values()))


class AgentView(ChannelView):
    model, shape_in, shape_update, shape_out = Agent, AgentIn, AgentUpdate, AgentOut

    def seen(self, caller: Caller) -> QuerySet[Agent]:
        return access.agents(caller)

    def changeable(self, caller: Caller) -> QuerySet[Agent]:
        return access.owned_agents(caller)


class PhoneNumberView(ChannelView):
    model, shape_in, shape_update, shape_out = PhoneNumber, PhoneNumberIn, PhoneNumberUpdate, PhoneNumberOut
    parameters = NumberParameters

    def seen(self, caller: Caller) -> QuerySet[PhoneNumber]:
        return access.phone_numbers(caller)


class WhatsAppView(ChannelView):
    model, shape_in = WhatsAppChannel, WhatsAppChannelIn
    shape_update, shape_out = WhatsAppChannelUpdate, WhatsAppChannelOut

    def seen(self, caller: Caller) -> QuerySet[WhatsAppChannel]:
        return access.whatsapp_channels(caller)


class EmailView(ChannelView):
    model, shape_in, shape_update, shape_out = EmailChannel, EmailChannelIn, EmailChannelUpdate, EmailChannelOut

    def seen(self, caller: Caller) -> QuerySet[EmailChannel]:
        return access.email_channels(caller)


def collection(view: type[ChannelView], word: str, words: str) -> type[ChannelView]:
    """Return the view of all of one kind: list and create."""

    class Collection(view):  # type: ignore[misc, valid-type]  # a class made of the one it is given
        @extend_schema(
            operation_id=f"list_{words}",
            tags=["channels"],
            parameters=[view.parameters],
            responses=envelope(view.shape_out),
        )
        def get(self, request: DialectRequest) -> Response:
            answer: Response = self.listed(request)
            return answer

        @extend_schema(
            operation_id=f"create_{word}",
            tags=["channels"],
            request=view.shape_in,
            responses={201: view.shape_out},
        )
        def post(self, request: DialectRequest) -> Response:
            answer: Response = self.created(request)
            return answer

    return Collection


def member(view: type[ChannelView], word: str) -> type[ChannelView]:
    """Return the view of one of a kind: read, change, delete."""

    class Member(view):  # type: ignore[misc, valid-type]  # a class made of the one it is given
        @extend_schema(operation_id=f"get_{word}", tags=["channels"], responses=view.shape_out)
        def get(self, request: DialectRequest, **_ids: str) -> Response:
            answer: Response = self.shown(request)
            return answer

        @extend_schema(
            operation_id=f"update_{word}", tags=["channels"], request=view.shape_update, responses=view.shape_out
        )
        def patch(self, request: DialectRequest, **_ids: str) -> Response:
            answer: Response = self.changed(request)
            return answer

        @extend_schema(operation_id=f"delete_{word}", tags=["channels"], responses={204: None})
        def delete(self, request: DialectRequest, **_ids: str) -> Response:
            answer: Response = self.deleted(request)
            return answer

    return Member
