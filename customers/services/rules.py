"""Write rules about addresses that are locked: decide for each whether it is new, and save them all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from customers.models import Suppression
from customers.services.addresses import address_hashes, address_hint, newest_key_version
from organizations.models import Organization

Source = Suppression.Source

_LONGEST_REASON = 255  # cut rather than refused: an opt-out must never fail for its wording
# What the person said themselves weighs more than what anybody else wrote down about them.
_PERSONS_OWN_WORD = frozenset({Source.KEYWORD, Source.IN_CALL, Source.UNSUBSCRIBE})
_REWRITTEN = (
    "address_hash", "address_hint", "hash_key_version", "source", "reason", "expires_at", "lifted_at", "updated_at",
)  # fmt: skip


class Change(StrEnum):
    """What became of a rule somebody asked for."""

    CREATED = "created"
    PROLONGED = "prolonged"
    CONFIRMED = "confirmed"  # it stood already, and now it is the person's own word
    ALREADY = "already"


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule somebody asks for. `hashes` are all that the address may be kept by, the one to write with first."""

    hashes: tuple[str, ...]
    key_version: int
    hint: str
    channel: str
    source: str
    reason: str = ""
    expires_at: datetime | None = None

    @classmethod
    def of(cls, address: str, *, channel: str, source: str, reason: str, expires_at: datetime | None) -> NewRule:
        """Return the rule for an address in its stored form. Raises ValueError as `address_hashes`."""
        hashes = tuple(address_hashes(address))
        return cls(hashes, newest_key_version(), address_hint(address), channel, source, reason, expires_at)


class RuleWriter:
    """Decides about rules of one organization (None: of the platform) one by one, and writes them in two statements.

    The caller holds the locks of all their addresses; `now` was read under them.
    """

    def __init__(self, organization: Organization | None, wanted: Sequence[NewRule], *, now: datetime) -> None:
        self._organization = organization
        self._now = now
        self._new: list[Suppression] = []
        self._changed: dict[object, Suppression] = {}
        standing = Suppression.objects.filter(
            organization=organization,
            address_hash__in={hashed for rule in wanted for hashed in rule.hashes},
            lifted_at__isnull=True,
        )
        # Locked, because lifting a rule whose address is forgotten can lock only its row.
        locked = standing.select_for_update(no_key=True).order_by("pk")
        self._standing = {(rule.address_hash, rule.channel): rule for rule in locked}

    def forbid(self, wanted: NewRule) -> tuple[Suppression, Change]:
        """Return the rule that holds from now on, to be written by `save`, and what is new about it."""
        keys = [(hashed, wanted.channel) for hashed in wanted.hashes]
        found = next((self._standing[key] for key in keys if key in self._standing), None)
        if found and found.expires_at and found.expires_at <= self._now:
            found.lifted_at = found.expires_at
            self._touch(found)
            found = None
        if found is None:
            return self._created(wanted), Change.CREATED
        if wanted.key_version != found.hash_key_version and wanted.hint:
            found.address_hash, found.address_hint = wanted.hashes[0], wanted.hint
            found.hash_key_version = wanted.key_version
            self._standing[keys[0]] = found
            self._touch(found)
        return found, self._changed_by(found, wanted)

    def save(self) -> None:
        """Write what was decided: what ended first, since at most one rule stands per address and channel."""
        for rule in self._changed.values():
            rule.updated_at = self._now
        Suppression.objects.bulk_update(self._changed.values(), _REWRITTEN)
        Suppression.objects.bulk_create(self._new)

    def _created(self, wanted: NewRule) -> Suppression:
        rule = Suppression(
            organization=self._organization,
            address_hash=wanted.hashes[0],
            address_hint=wanted.hint,
            hash_key_version=wanted.key_version,
            channel=wanted.channel,
            source=wanted.source,
            reason=wanted.reason[:_LONGEST_REASON],
            expires_at=wanted.expires_at,
            created_at=self._now,
        )
        self._new.append(rule)
        self._standing[wanted.hashes[0], wanted.channel] = rule
        return rule

    def _changed_by(self, found: Suppression, wanted: NewRule) -> Change:
        change = Change.ALREADY
        if found.expires_at is not None and (wanted.expires_at is None or wanted.expires_at > found.expires_at):
            found.expires_at = wanted.expires_at
            change = Change.PROLONGED
        if wanted.source in _PERSONS_OWN_WORD and found.source not in _PERSONS_OWN_WORD:
            found.source, found.reason = wanted.source, wanted.reason[:_LONGEST_REASON]
            change = Change.CONFIRMED
        if change is not Change.ALREADY:
            self._touch(found)
        return change

    def _touch(self, rule: Suppression) -> None:
        if not rule._state.adding:
            self._changed[rule.pk] = rule
