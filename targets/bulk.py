"""What may be done to many targets at once, each through the service that does it to one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from customers.models import Suppression
from lib.wakeup import wake
from organizations.access import Capability
from organizations.bulk_actions import BulkAction, NotForThisRow, Options, register_bulk_action
from organizations.services import Actor
from targets.board import set_stage
from targets.exceptions import TargetNotFound
from targets.goal_verification import verify_goal
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.optouts import opt_out_person
from targets.removal import remove_target, restore_target
from targets.rounds import enrol_or_reset


def begin_again(target: CampaignTarget, actor: Actor, options: Options) -> None:
    """Begin one person's outreach afresh. Raises DomainError, also where it is not over."""
    _require_there(target)
    if target.state not in (TargetState.DONE, TargetState.SUPPRESSED):
        raise NotForThisRow("their outreach is not over")
    result = enrol_or_reset(campaign=target.campaign, customer_ids=[target.customer_id], actor=actor)
    if target.customer_id in result.rejected:
        raise NotForThisRow(result.rejected[target.customer_id])


def suppress(target: CampaignTarget, actor: Actor, options: Options) -> None:
    """Have none of one person's addresses contacted any more. Raises DomainError."""
    opt_out_person(
        customer=target.customer,
        source=Suppression.Source.OPERATOR,
        reason=options.get("reason", ""),
        also=target.phones,
        actor=actor,
    )
    wake("targets.apply_suppressions")


def _take_out(target: CampaignTarget, actor: Actor, options: Options) -> None:
    if target.is_deleted:
        raise NotForThisRow("they are out of the campaign already")
    remove_target(target=target, actor=actor)


def _bring_back(target: CampaignTarget, actor: Actor, options: Options) -> None:
    if not target.is_deleted:
        raise NotForThisRow("they are in the campaign")
    restore_target(target=target, actor=actor)


def _move(target: CampaignTarget, actor: Actor, options: Options) -> None:
    _require_there(target)
    if target.stage == options["stage"]:
        raise NotForThisRow("they are in this stage already")
    set_stage(target=target, key=options["stage"], actor=actor)


def _verify(target: CampaignTarget, actor: Actor, options: Options) -> None:
    _require_there(target)
    if target.state in (TargetState.CONTACTING, TargetState.VERIFYING):
        raise NotForThisRow("they are in contact, or being read, right now")
    verify_goal(target=target, actor=actor)


def _require_there(target: CampaignTarget) -> None:
    if target.is_deleted:
        raise TargetNotFound


def _rows() -> QuerySet[Any]:
    rows: QuerySet[Any] = CampaignTarget.all_objects.select_related("campaign__organization", "customer__organization")
    return rows


def _action(name: str, done: str, act: Any, *, asks_outside: bool = False) -> BulkAction:
    return register_bulk_action(
        BulkAction(f"targets.{name}", done, Capability.OPERATE, _rows, act, asks_outside=asks_outside)
    )


BEGIN_AGAIN = _action("begin_again", "begun again", begin_again)
SUPPRESS = _action("suppress", "suppressed", suppress)
TAKE_OUT = _action("take_out", "taken out", _take_out)
BRING_BACK = _action("bring_back", "brought back", _bring_back)
MOVE = _action("move", "moved", _move)
# Reading asks an analyzer, outside any transaction; to be read twice changes nothing.
VERIFY = _action("verify", "read again", _verify, asks_outside=True)
