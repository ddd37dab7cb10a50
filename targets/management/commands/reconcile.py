from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from lib import clock
from organizations.management.answers import Answer, AnsweringCommand
from organizations.models import ProviderAccount
from organizations.quarantine import accounts_to_reconcile, backup_time, lift_quarantine, note_reconciled
from organizations.switches import is_quarantined
from providers.base import ProviderError
from targets.reconcile import Reconciliation, can_list, reconcile_account

# Asked for more than the backup misses: what is known already does no harm.
_MARGIN = timedelta(minutes=10)


class Command(AnsweringCommand):
    help = (
        "After a restore from a backup: ask every provider account for the calls made since, write them down here so"
        " that nobody is called again, then (--resume) end the quarantine. Safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", metavar="TIME", help="moment of the backup, ISO 8601 with offset; known by itself where possible"
        )
        parser.add_argument("--account", metavar="ID", help="only this provider account")
        parser.add_argument(
            "--accept-unlisted",
            action="store_true",
            help="go on though messages cannot be listed by their providers: some sent since may be sent again",
        )
        parser.add_argument("--resume", action="store_true", help="only end the quarantine; every account must be done")
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        if options["resume"]:
            if options["accept_unlisted"]:
                _accept_unlisted()
            was_quarantined = is_quarantined()
            lift_quarantine()
            return Answer("Dialing goes on." if was_quarantined else "There was no quarantine.", {"dialing": "on"})
        since = _since(options["since"])
        facts: dict[str, Any] = {"since": since.isoformat()}
        failed = []
        for account in _accounts(options["account"]):
            name = f"{account.organization.slug}: {account.name}"
            try:
                facts[name] = _told(reconcile_account(account=account, since=since)) if can_list(account) else _UNLISTED
            except ProviderError as error:
                failed.append(name)
                facts[name] = [f"not reconciled: {error}"]
        if options["accept_unlisted"]:
            _accept_unlisted()
        left = [f"{account.organization.slug}: {account.name}" for account in accounts_to_reconcile()]
        facts["left"] = left
        if failed:
            raise CommandError(f"{Answer('Some accounts could not be asked; run it again.', facts)}")
        note = f"Then: manage.py reconcile --resume{' --accept-unlisted' if left else ''}"
        return Answer("Reconciled.", facts, note)


_UNLISTED = ["its provider lists no messages: look there, then give --accept-unlisted"]


def _since(text: str | None) -> datetime:
    if text is None:
        known = backup_time()
        if known is None:
            raise CommandError("nobody knows when the backup was made: give --since TIME")
        return known - _MARGIN
    try:
        since = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError("--since is a time such as 2026-06-01T09:00:00+00:00") from error
    if since.tzinfo is None:
        raise CommandError("--since needs its offset, such as +00:00")
    return since.astimezone(UTC)


def _accounts(key: str | None) -> list[ProviderAccount]:
    accounts = ProviderAccount.objects.exclude(kind=ProviderAccount.Kind.ANALYSIS).select_related("organization")
    if key is not None:
        try:
            accounts = accounts.filter(pk=UUID(key))
        except ValueError as error:
            raise CommandError(f"{key!r} is no id of a provider account") from error
    return list(accounts.order_by("organization__slug", "name"))


def _accept_unlisted() -> None:
    for account in accounts_to_reconcile():
        if not can_list(account):
            note_reconciled(account=account, since=clock.now())


def _told(done: Reconciliation) -> list[str]:
    counts = {
        "known": done.known,
        "told more": done.updated,
        "made again": done.restored,
        "for a person to decide": done.asked,
        "matched with nobody": len(done.unmatched),
    }
    lines = [f"{count} {what}" for what, count in counts.items() if count or what == "known"]
    for call in done.unmatched:
        when = f"{call.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if call.at else "at an unknown time"
        lines.append(f"nobody here: call {call.provider_id} to …{call.number_hint or '?'}, {when}")
    return lines
