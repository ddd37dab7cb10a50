"""Move on whom suppressions bar that were written where targets are out of reach: in the admin and by imported files.

Rules are kept by hash, so nobody can ask which targets a rule is about. Instead everybody who still waits is asked
about, a thousand at a time, whenever there are new rules; how far that came is kept in the outbox, so that a process
that stops loses nothing. Any number of copies may run. None of this allows or prevents a contact: the rules do.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Count
from django.db.models.functions import Cast, Substr

from customers.models import Suppression, SuppressionQuerySet
from customers.services.addresses import address_hashes, is_stored_form
from lib.db.clock import RealClock, read_clock
from organizations.models import Organization
from targets.lifecycle import TargetState
from targets.models import CampaignTarget, OutboxMessage
from targets.optout_queue import OPT_OUT, queue_targets
from targets.optouts import move_on_barred
from targets.people import addresses_on

Source = Suppression.Source

BATCH = 1_000
# The sources written below this layer. All others come through `targets.optouts`, which moves targets on itself.
_FROM_BELOW = (Source.OPERATOR, Source.IMPORT)
_LEASE = timedelta(seconds=60)
_LOCKED_RETRY = timedelta(seconds=2)

# Rules are taken in periods: those whose ids begin with the same seven hexadecimal digits, 17 minutes of the time in a
# UUIDv7. A period is looked at again whenever it has got another rule, however late its transaction committed, and
# four periods back from the latest one, which is longer than clocks differ and transactions last.
_PERIOD_DIGITS = 7
_PERIODS_BACK = 4
_ALL_DIGITS = 32


def apply_suppressions(*, seconds: float = 10.0) -> int:
    """Notice new rules, and go on with what is queued for about this long; return how many messages were finished."""
    stop = time.monotonic() + seconds
    _notice_new_rules()
    queued = OutboxMessage.objects.unsent(RealClock()).filter(topic=OPT_OUT).order_by("next_try_at")
    finished = 0
    for message_id in list(queued.values_list("pk", flat=True)):
        if time.monotonic() > stop:
            break
        finished += _carry_on(message_id, stop)
    return finished


def _notice_new_rules() -> None:
    """Queue a pass over everybody who waits for each period and organization that has rules it did not have before."""
    periods = OutboxMessage.objects.filter(dedupe__startswith=f"{OPT_OUT}:")
    known = {message.dedupe: message for message in periods}
    first = _first_period(known)
    for organization_id, period, rules in _rules_by_period(first):
        dedupe = f"{OPT_OUT}:{period}:{organization_id or 'platform'}"
        message = known.get(dedupe)
        if message is None:
            _start_pass(dedupe, organization_id, period, rules)
        elif message.sent_at is not None and message.body["rules"] != rules:
            again = {**message.body, "rules": rules, "after": None}
            waiting = {"body": again, "sent_at": None, "created_at": RealClock(), "next_try_at": RealClock()}
            OutboxMessage.objects.filter(pk=message.pk, sent_at=message.sent_at).update(**waiting)
    over = [name for name in known if _period_of(name) < first]
    if over:
        periods.filter(sent_at__isnull=False, dedupe__in=over).delete()


def _first_period(known: Mapping[str, OutboxMessage]) -> str:
    latest = max(map(_period_of, known), default="0")
    return f"{max(0, int(latest, 16) - _PERIODS_BACK):0{_PERIOD_DIGITS}x}"


def _period_of(dedupe: str) -> str:
    return dedupe.split(":")[1]


def _rules_by_period(first: str) -> list[tuple[UUID | None, str, int]]:
    recent = Suppression.objects.filter(source__in=_FROM_BELOW, pk__gte=_id(first, "0")).order_by()
    dated = recent.annotate(period=Substr(Cast("pk", CharField()), 1, _PERIOD_DIGITS))
    return list(dated.values_list("organization_id", "period").annotate(rules=Count("pk")))


def _id(period: str, fill: str) -> UUID:
    return UUID(period.ljust(_ALL_DIGITS, fill))


def _start_pass(dedupe: str, organization_id: UUID | None, period: str, rules: int) -> None:
    # A message belongs to somebody: a pass for the whole platform is booked to its first organization.
    owner = organization_id or Organization.objects.order_by("pk").values_list("pk", flat=True).first()
    if owner is None:
        return
    message = OutboxMessage(
        organization_id=owner,
        topic=OPT_OUT,
        dedupe=dedupe,
        body={"period": period, "everywhere": organization_id is None, "rules": rules, "after": None},
        created_at=RealClock(),
        next_try_at=RealClock(),
    )
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)


def _carry_on(message_id: UUID, stop: float) -> bool:
    """Go on with a message unless another worker has it; return whether it is finished."""
    leased = OutboxMessage.objects.unsent(RealClock()).filter(pk=message_id)
    if not leased.update(next_try_at=RealClock() + _LEASE):
        return False
    message = OutboxMessage.objects.get(pk=message_id)
    if "targets" in message.body:
        return _look_again(message)
    while not _pass_on(message):
        if time.monotonic() > stop:
            OutboxMessage.objects.filter(pk=message.pk).update(next_try_at=RealClock())
            return False
    return True


@transaction.atomic
def _look_again(message: OutboxMessage) -> bool:
    """Move on the targets a message names; those that are still locked stay in it."""
    left = move_on_barred([UUID(target_id) for target_id in message.body["targets"]])
    mine = OutboxMessage.objects.filter(pk=message.pk)
    if left:
        mine.update(body={"targets": [str(pk) for pk in left]}, next_try_at=RealClock() + _LOCKED_RETRY)
    else:
        mine.delete()
    return not left


@transaction.atomic
def _pass_on(message: OutboxMessage) -> bool:
    """Look at the next thousand who wait; return whether these were the last."""
    waiting = CampaignTarget.objects.filter(state__in=(TargetState.READY, TargetState.CONTACTING))
    if not message.body["everywhere"]:
        waiting = waiting.for_organization(message.organization_id)
    if message.body["after"]:
        waiting = waiting.filter(pk__gt=message.body["after"])
    needed = waiting.select_related("customer").only(
        "next_channel", "phones", "customer__phone", "customer__other_phones", "customer__email"
    )
    targets = list(needed.order_by("pk")[:BATCH])
    queue_targets(move_on_barred(_named_by(_rules_of(message), targets)))
    is_last = len(targets) < BATCH
    progress: dict[str, Any] = {"next_try_at": RealClock() + _LEASE, "sent_at": RealClock() if is_last else None}
    if targets:
        message.body["after"] = str(targets[-1].pk)
    OutboxMessage.objects.filter(pk=message.pk).update(body=message.body, **progress)
    return is_last


def _rules_of(message: OutboxMessage) -> SuppressionQuerySet:
    period = message.body["period"]
    rules: SuppressionQuerySet = Suppression.objects.in_force(read_clock())
    owner = None if message.body["everywhere"] else message.organization_id
    return rules.filter(source__in=_FROM_BELOW, pk__range=(_id(period, "0"), _id(period, "f")), organization=owner)


def _named_by(rules: SuppressionQuerySet, targets: list[CampaignTarget]) -> list[UUID]:
    """Return the targets one of whose next addresses a rule is about."""
    hashes = {
        target.pk: {
            hashed
            for address in addresses_on(target, target.next_channel)
            if is_stored_form(address)
            for hashed in address_hashes(address)
        }
        for target in targets
    }
    asked = set().union(*hashes.values())
    barred = set(rules.filter(address_hash__in=asked).values_list("address_hash", flat=True))
    return [target_id for target_id, some in hashes.items() if some & barred]
