"""What may be done to each of many rows. The apps above register theirs when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lib.errors import DomainError
from organizations.access import Capability
from organizations.services.audit import Actor

Options = Mapping[str, str]


class NotForThisRow(DomainError):
    """Say that a row is not as the action needs it, and why."""

    code = "not_for_this_row"


@dataclass(frozen=True, slots=True)
class BulkAction:
    """One service, and how it is asked for one row after the other.

    `done` ends sentences such as "12 taken out"; `rows` are all there are, with what `act` reads. `act` raises
    DomainError for a row it is not for. It runs in a transaction that also counts the row, unless it asks somebody
    outside (`asks_outside`): a worker that is killed then may have it done to one row twice, so it has to bear that.
    """

    name: str
    done: str
    needs: Capability
    rows: Callable[[], QuerySet[Any]]
    act: Callable[[Any, Actor, Options], object]
    asks_outside: bool = False


_registered: dict[str, BulkAction] = {}


def register_bulk_action(action: BulkAction) -> BulkAction:
    """Make an action known to the workers by its name; return it."""
    _registered[action.name] = action
    return action


def find_bulk_action(name: str) -> BulkAction | None:
    """Return the action of that name, None where this version has none."""
    return _registered.get(name)
