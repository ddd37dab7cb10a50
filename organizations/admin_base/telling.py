"""Say what became of the rows somebody chose in a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest


def tell(model_admin: Any, request: HttpRequest, succeeded: int, done: str, refusals: Mapping[str, int]) -> None:
    """Say above the list to how many rows something was done, and why not to the others."""
    level = messages.SUCCESS if succeeded else messages.WARNING
    model_admin.message_user(request, f"{succeeded} {done}.", level)
    for reason, count in refusals.items():
        model_admin.message_user(request, f"{count} not {done}: {reason}", messages.ERROR)
