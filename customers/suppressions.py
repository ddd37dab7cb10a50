"""Who must not be contacted, and who has been: both kept by a keyed hash of the address, so that they survive erasure.

A dial and an opt-out of the same address take the same lock, shared by dials and exclusive for the opt-out, and both
stamp their time inside it: "no dial after the opt-out" is then a fact the rows show.

What is written here binds the next contact at once, whoever wrote it. What was planned before is moved on by
`targets.optouts`: code that may import it calls it instead of `suppress`; for the others its periodic task does it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from customers.models import DialLedger, Suppression, SuppressionQuerySet
from customers.services.addresses import (
    address_hash,
    address_hashes,
    key_versions,
    lock_for_rules,
    lock_hash_for_rules,
    newest_key_version,
    stored_form,
)
from customers.services.rules import Change, NewRule, RuleWriter
from lib.db.clock import read_clock
from organizations.models import Organization
from organizations.services import Actor, record_audit

# Addresses asked about in one statement, each under every known key.
_MOST_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class AddressRule:
    """A rule for an address in its stored form, as `suppress_many` takes it; the fields are those of `suppress`."""

    address: str
    channel: str = ""
    reason: str = ""
    expires_at: datetime | None = None


@transaction.atomic
def suppress(
    *,
    organization: Organization | None,
    address: str,
    source: str,
    channel: str = "",
    reason: str = "",
    expires_at: datetime | None = None,
    actor: Actor | None = None,
) -> Suppression:
    """Forbid contacting an address, written in any form, on one channel or (``""``) on all; return the rule in force.

    Without an `organization` it holds for the whole platform. Doing it again changes nothing, except that a later or
    no `expires_at` prolongs the rule, and that the person's own word replaces any other source: a rule they asked for
    must not read like an import's when somebody thinks of lifting it. When the rule expires or is lifted, contacts are
    allowed again, but nothing that it ended starts again by itself. Waits for dials of the address that are being
    decided. Raises InvalidField.
    """
    stored = stored_form(address, _region(organization))
    lock_for_rules(_id(organization), [stored])
    wanted = NewRule.of(stored, channel=channel, source=source, reason=reason, expires_at=expires_at)
    return _write_one(organization, wanted, actor)


@transaction.atomic
def suppress_hash(
    *, organization: Organization, hashed: str, key_version: int, source: str, channel: str = ""
) -> Suppression:
    """Forbid contacting an address of which only the hash is left, as the dial ledger keeps it; else as `suppress`."""
    lock_hash_for_rules(organization.pk, hashed)
    wanted = NewRule((hashed,), key_version, hint="", channel=channel, source=source)
    return _write_one(organization, wanted, None)


@transaction.atomic
def suppress_many(
    *, organization: Organization | None, rules: Sequence[AddressRule], source: str, actor: Actor | None = None
) -> list[Change]:
    """Do as `suppress` for some hundred addresses in a few statements; return what became of each, in order.

    The audit log gets one entry for all of them. Raises ValueError for an address that is not in its stored form.
    """
    lock_for_rules(_id(organization), [rule.address for rule in rules])
    wanted = [
        NewRule.of(r.address, channel=r.channel, source=source, reason=r.reason, expires_at=r.expires_at) for r in rules
    ]
    writer = RuleWriter(organization, wanted, now=read_clock())
    written = [writer.forbid(rule) for rule in wanted]
    writer.save()
    changed = [(rule, change) for rule, change in written if change is not Change.ALREADY]
    if changed:
        counts = {name.value: [None, sum(change is name for _rule, change in changed)] for name in Change}
        subject = organization or changed[0][0]
        record_audit(organization=organization, action="suppression.many", subject=subject, changes=counts, actor=actor)
    return [change for _rule, change in written]


@transaction.atomic
def lift_suppression(*, suppression: Suppression, actor: Actor | None = None) -> None:
    """Allow contacts again; the row stays as a record. Lifting twice changes nothing.

    A person whose outreach the rule ended stays where they are: an operator decides whether to start again.
    """
    lock_hash_for_rules(suppression.organization_id, suppression.address_hash)
    standing = Suppression.objects.filter(pk=suppression.pk, lifted_at__isnull=True)
    found: Suppression | None = standing.select_for_update(no_key=True).first()
    if found:
        found.lifted_at = read_clock()
        found.save(update_fields=["lifted_at", "updated_at"])
        _audit(found, "suppression.lifted", actor)


def is_suppressed(*, organization_id: UUID, address: str, channel: str, at: datetime) -> Suppression | None:
    """Return the rule of the organization or of the platform that forbids the contact at `at`, None if none does.

    It is the truth for a dial only under `lock_for_contact`. Raises ValueError for an address in no stored form.
    """
    rules = _binding(organization_id, address_hashes(address), at)
    found: Suppression | None = rules.filter(channel__in=["", channel]).first()
    return found


def binding_rules(
    *, organization_id: UUID | None, addresses: Collection[str], at: datetime
) -> dict[str, list[Suppression]]:
    """Return the rules in force at `at` on any channel for each of `addresses` that has some.

    They are those of the organization and of the platform; without an organization the platform's alone. Raises
    ValueError for an address in no stored form.
    """
    found: defaultdict[str, list[Suppression]] = defaultdict(list)
    for some in _chunks(list(dict.fromkeys(addresses))):
        address_of = {hashed: address for address in some for hashed in address_hashes(address)}
        for rule in _binding(organization_id, address_of, at):
            found[address_of[rule.address_hash]].append(rule)
    return dict(found)


def versions_without_key(*, at: datetime) -> set[int]:
    """Return the key versions of rules in force that no configured key has: these rules bind nobody, which is an alarm.

    Reads the whole table.
    """
    in_use = Suppression.objects.in_force(at).order_by().values_list("hash_key_version", flat=True).distinct()
    return set(in_use) - set(key_versions())


def record_dial(*, organization_id: UUID, attempt_id: UUID, channel: str, address: str, at: datetime) -> None:
    """Write down that an attempt is about to be submitted. Raises IntegrityError the second time for an attempt."""
    DialLedger.objects.create(
        organization_id=organization_id,
        attempt_id=attempt_id,
        channel=channel,
        address_hash=address_hash(address),
        hash_key_version=newest_key_version(),
        submitted_at=at,
    )


def contacts_since(*, organization_id: UUID, address: str, since: datetime) -> int:
    """Return how often an organization has contacted an address since an instant, on any channel."""
    return DialLedger.objects.filter(
        organization_id=organization_id, address_hash__in=address_hashes(address), submitted_at__gte=since
    ).count()


def _binding(organization_id: UUID | None, hashes: Collection[str], at: datetime) -> SuppressionQuerySet:
    owners = Q(organization_id__isnull=True)
    if organization_id is not None:
        owners |= Q(organization_id=organization_id)
    rules: SuppressionQuerySet = Suppression.objects.in_force(at)
    return rules.filter(owners, address_hash__in=list(hashes))


def _write_one(organization: Organization | None, wanted: NewRule, actor: Actor | None) -> Suppression:
    """Write a rule whose lock is held, and the audit entry."""
    writer = RuleWriter(organization, [wanted], now=read_clock())
    rule, change = writer.forbid(wanted)
    writer.save()
    if change is not Change.ALREADY:
        _audit(rule, f"suppression.{change}", actor)
    return rule


def _id(organization: Organization | None) -> UUID | None:
    return organization.pk if organization else None


def _region(organization: Organization | None) -> str | None:
    return (organization.default_region if organization else "") or None


def _chunks(addresses: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(addresses), _MOST_AT_ONCE):
        yield addresses[start : start + _MOST_AT_ONCE]


def _audit(suppression: Suppression, action: str, actor: Actor | None) -> None:
    record_audit(
        organization=suppression.organization,
        action=action,
        subject=suppression,
        changes={"channel": [None, suppression.channel], "source": [None, suppression.source]},
        actor=actor,
    )
