from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from organizations import quarantine, switches
from organizations.management.answers import Answer, AnsweringCommand, find_organization
from organizations.models import Organization, ProviderAccount


class Command(AnsweringCommand):
    help = (
        "Show, stop or resume all contacts: of the platform, of one organization, or through one provider account."
        " What is under way goes on. A campaign is paused in the admin. `quarantine` is for after a restore."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["status", "stop", "resume", "quarantine"])
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--organization", metavar="SLUG", help="only this organization (slug or id)")
        whose.add_argument("--account", metavar="ID", help="only what goes through this provider account")
        parser.add_argument("--reason", default="", help="for whoever asks later; a stop needs one")
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        action, reason = options["action"], options["reason"]
        if action in ("stop", "quarantine") and not reason.strip():
            raise CommandError(f"say why: dialing {action} --reason TEXT")
        if action == "quarantine":
            if options["organization"] or options["account"]:
                raise CommandError("a quarantine is of the whole platform")
            quarantine.quarantine(reason=reason)
        elif action != "status":
            _turn(action, options["organization"], options["account"], reason)
        return Answer("Dialing:", _state())


def _turn(action: str, organization: str | None, account: str | None, reason: str) -> None:
    stops = action == "stop"
    if account and stops:
        switches.stop_account(account=_find_account(account), reason=reason)
    elif account:
        switches.resume_account(account=_find_account(account))
    elif organization and stops:
        switches.stop_dialing(organization=find_organization(organization), reason=reason)
    elif organization:
        switches.resume_dialing(organization=find_organization(organization))
    else:
        switches.set_dialing(value="stopped" if stops else "on", reason=reason)


def _find_account(key: str) -> ProviderAccount:
    try:
        account: ProviderAccount = ProviderAccount.objects.get(pk=UUID(key))
    except (ValueError, ProviderAccount.DoesNotExist) as error:
        raise CommandError(f"there is no provider account {key!r}; the admin shows their ids") from error
    return account


def _state() -> dict[str, Any]:
    """Return the platform's switch, and every organization and account that is stopped."""
    organizations = Organization.objects.filter(dialing_stopped_at__isnull=False).order_by("slug")
    accounts = ProviderAccount.objects.filter(stopped_at__isnull=False).select_related("organization")
    return {
        "platform": switches.platform_stopped_reason() or "on",
        "stopped organizations": [_told(row.slug, row.dialing_stopped_reason) for row in organizations],
        "stopped accounts": [
            _told(f"{row.pk} ({row.organization.slug}: {row.name})", row.stopped_reason) for row in accounts
        ],
    }


def _told(what: str, why: str) -> str:
    return f"{what}: {why}" if why else what
