"""Put people into a campaign as a program lists them, with numbers, data and a time of their own, and take them out.

Somebody listed so is a target whose customer is whoever has their first number, made where nobody has. See
docs/adr/0011-a-contact-is-a-target.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from campaigns.context import campaign_context
from campaigns.exceptions import CampaignClosed
from campaigns.lifecycle import Status
from campaigns.models import Campaign
from campaigns.services.campaigns import update_campaign
from campaigns.services.changes import lock_campaign, record_change
from campaigns.services.lifecycle import start_campaign
from campaigns.speakers import Speakers
from customers.services.identity import lock_identities
from lib.db.clock import read_clock
from lib.wakeup import wake
from organizations.services import Actor, record_audit
from targets.attempts import lock_target
from targets.exceptions import TargetInContact, TargetNotFound
from targets.hold_reasons import in_words
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.upsert_rows import NEEDS_NUMBER, CleanRow, InvalidRows, TargetRow, clean_rows
from targets.upsert_writing import free_external_ids, insert_targets, update_targets

UNKNOWN_ID = "there is nobody with this id in the campaign"
TWICE = "this one is in the request more than once"
TAKEN = "somebody else in the campaign has this external id"
IN_CALL = "there is a live call to this one"


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that was not taken; `index` counts from 0."""

    index: int
    external_id: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A row that was taken, with something to know about it."""

    index: int
    message: str


@dataclass(slots=True)
class UpsertResult:
    """What became of the rows; the ids are those of the rows that were taken, in the order of the request."""

    inserted: int = 0
    updated: int = 0
    failed: list[Failure] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    target_ids: list[UUID] = field(default_factory=list)


@transaction.atomic
def upsert_targets(*, campaign: Campaign, rows: Sequence[TargetRow], actor: Actor | None = None) -> UpsertResult:
    """Change the targets that rows name by id or external id, and add the others, in a constant number of statements.

    A row that cannot be taken now is told of in the answer. A campaign with nothing left to do goes on with the new
    ones. Raises CampaignNotFound, CampaignClosed, and InvalidRows where a row makes no sense: then nothing is
    written.
    """
    lock_identities(campaign.organization_id)  # before the campaign, as imports do
    row = lock_campaign(campaign)
    if row.status == Status.CLOSED:
        raise CampaignClosed
    if row.status == Status.COMPLETED:
        row = start_campaign(campaign=row, actor=actor, require_ready=False)
    clean = clean_rows(row, rows, Speakers.of(row.organization_id))
    plan = _Plan(_known(row, clean))
    for each in clean:
        plan.add(each)
    if plan.without_number:
        raise InvalidRows(dict.fromkeys(plan.without_number, NEEDS_NUMBER))
    result = _write(row, plan)
    numbers = {"inserted": [0, result.inserted], "updated": [0, result.updated]}
    record_change(campaign=row, action="campaign.targets_upserted", changes=numbers, actor=actor)
    wake("targets.dispatch")
    return result


@transaction.atomic
def update_campaign_and_targets(
    *, campaign: Campaign, changes: Mapping[str, Any], rows: Sequence[TargetRow], actor: Actor | None = None
) -> UpsertResult:
    """Do as `update_campaign`, then as `upsert_targets` where there are rows, in the order of locks of the latter."""
    if rows:
        lock_identities(campaign.organization_id)
    row = update_campaign(campaign=campaign, changes=changes, actor=actor)
    return upsert_targets(campaign=row, rows=rows, actor=actor) if rows else UpsertResult()


@transaction.atomic
def withdraw_target(*, target: CampaignTarget, actor: Actor | None = None) -> None:
    """Take a person out of their campaign. Raises TargetInContact, TargetNotFound."""
    row = lock_target(target.pk)
    if row.is_deleted:
        raise TargetNotFound
    if row.state == TargetState.CONTACTING:
        raise TargetInContact
    CampaignTarget.all_objects.filter(pk=row.pk).soft_delete(read_clock())
    record_audit(organization=row.campaign.organization, action="target.deleted", subject=row, actor=actor)


def _known(campaign: Campaign, rows: Sequence[CleanRow]) -> list[CampaignTarget]:
    """Return, locked, the targets of the campaign that rows may mean."""
    ids = [row.id for row in rows if row.id]
    external_ids = [row.external_id for row in rows if row.external_id]
    meant = Q(pk__in=ids) | Q(external_id__in=external_ids)
    found = CampaignTarget.objects.filter(meant, campaign=campaign).order_by("pk")
    return list(found.select_for_update(no_key=True))


class _Plan:
    """What is to become of each row, by what the campaign holds and what earlier rows of the request named."""

    def __init__(self, known: Sequence[CampaignTarget]) -> None:
        self._by_id = {target.pk: target for target in known}
        self._by_external_id = {target.external_id: target for target in known if target.external_id}
        self._named: set[UUID | str] = set()
        self.new: list[CleanRow] = []
        self.known: list[tuple[CleanRow, CampaignTarget]] = []
        self.failed: list[Failure] = []
        self.without_number: list[int] = []

    def add(self, row: CleanRow) -> None:
        holder = self._by_external_id.get(row.external_id or "")
        target = self._by_id.get(row.id) if row.id else None if row.names_id else holder
        error = self._error(row, target, holder)
        self._named.update(key for key in (row.external_id, target.pk if target else None) if key)
        if error:
            self.failed.append(Failure(row.index, row.external_id, error))
        elif target is not None:
            self.known.append((row, target))
        elif row.phones:
            self.new.append(row)
        else:
            self.without_number.append(row.index)

    def _error(self, row: CleanRow, target: CampaignTarget | None, holder: CampaignTarget | None) -> str:
        if row.names_id and target is None:
            return UNKNOWN_ID
        if row.external_id in self._named or (target is not None and target.pk in self._named):
            return TWICE
        if holder is not None and target is not None and holder.pk != target.pk:
            return TAKEN
        return IN_CALL if target is not None and target.state == TargetState.CONTACTING else ""


def _write(campaign: Campaign, plan: _Plan) -> UpsertResult:
    at = read_clock()
    ids = {row.index: target.pk for row, target in plan.known}
    free_external_ids(campaign, [*plan.new, *(row for row, _target in plan.known)])
    if plan.known:
        update_targets(campaign, plan.known, at)
    new = insert_targets(campaign, plan.new, at) if plan.new else []
    ids |= {row.index: target.pk for row, target in zip(plan.new, new, strict=True)}
    taken = [*plan.known, *zip(plan.new, new, strict=True)]
    somebody_speaks = campaign_context(campaign.pk, campaign.organization_id).campaign.agent is not None
    warnings = [(row.index, message) for row, target in taken for message in _warnings(row, target, somebody_speaks)]
    return UpsertResult(
        inserted=len(plan.new),
        updated=len(plan.known),
        failed=plan.failed,
        warnings=[Warned(index, message) for index, message in sorted(warnings)],
        target_ids=[ids[index] for index in sorted(ids)],
    )


def _warnings(row: CleanRow, target: CampaignTarget, somebody_speaks: bool) -> Iterator[str]:
    yield from row.warnings
    if target.state == TargetState.SUPPRESSED:
        yield f"will not be contacted: {in_words(target.hold_reason)}"
    elif not somebody_speaks and target.assigned_agent_id is None:
        yield "will not be called before an agent is named, by agent_id or in the configuration"
