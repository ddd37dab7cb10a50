"""Who may use a view. Every view names a rule; one that forgets to lets nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission

from api.caller import Caller

if TYPE_CHECKING:  # rest_framework.views imports this module, by the setting DEFAULT_PERMISSION_CLASSES
    from rest_framework.request import Request
    from rest_framework.views import APIView


class Denied(BasePermission):
    """Let nobody in: the default, so that a forgotten rule is noticed at the first request."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class CallerMayAct(BasePermission):
    """Let in whoever the dialect's credentials identify; viewers may only read."""

    message = "Your role allows reading only."

    def has_permission(self, request: Request, view: APIView) -> bool:
        caller = request.auth
        return isinstance(caller, Caller) and (request.method in SAFE_METHODS or caller.may_write)
