from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError

from lib import clock
from organizations.management.answers import Answer, AnsweringCommand, find_organization
from organizations.models import ApiKey, User
from organizations.services import SCOPES, issue_api_key

_HEADERS = {
    ApiKey.Kind.UMANIZE: "X-API-Key: {token}",
    ApiKey.Kind.AGENTALK: "Authorization: Bearer {token}",
    ApiKey.Kind.ANYREACH: "Authorization: Bearer {token}",
    ApiKey.Kind.PERSONAL: "Authorization: Bearer {token}",
}
_LONGEST_DAYS = 36_500


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= _LONGEST_DAYS:
        raise ArgumentTypeError(f"a number of days from 1 to {_LONGEST_DAYS} is needed")
    return int(text)


class Command(AnsweringCommand):
    help = "Issue a key for one of the three REST dialects, or a personal token. The token is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "organization", metavar="ORGANIZATION", nargs="?", help="slug or id; a personal token may do without"
        )
        parser.add_argument("--kind", required=True, choices=ApiKey.Kind.values, help="what the token is for")
        parser.add_argument("--name", default="", help="to recognise the key by")
        parser.add_argument(
            "--user", metavar="EMAIL", help="whom a personal token stands for, or who owns what another key creates"
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=SCOPES,
            default=[],
            help="may be given several times; an anyreach or personal token without any gets all",
        )
        parser.add_argument("--expires-in-days", type=_days, metavar="DAYS", help="never, if left out")
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        kind, days = ApiKey.Kind(options["kind"]), options["expires_in_days"]
        issued = issue_api_key(
            organization=find_organization(options["organization"]) if options["organization"] else None,
            kind=kind,
            name=options["name"],
            user=_find_user(options["user"]) if options["user"] else None,
            scopes=options["scope"] or _all_scopes(kind),
            expires_at=clock.now() + timedelta(days=days) if days else None,
        )
        expires_at = issued.key.expires_at
        facts = {
            "id": str(issued.key.pk),
            "kind": issued.key.kind,
            "organization": issued.key.organization.slug if issued.key.organization else "",
            "scopes": issued.key.scopes,
            "expires_at": expires_at.isoformat() if expires_at else None,
            "token": issued.token,
        }
        header = _HEADERS[kind].format(token=issued.token)
        return Answer("Issued the key.", facts, f"Keep the token: it is not shown again. Send it as\n  {header}")


def _all_scopes(kind: ApiKey.Kind) -> tuple[str, ...]:
    return SCOPES if kind in (ApiKey.Kind.ANYREACH, ApiKey.Kind.PERSONAL) else ()


def _find_user(email: str) -> User:
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise CommandError("there is no user with this email address; create one with `create_user EMAIL`")
    return user
