"""Let commands speak alike: facts in lines for people, one JSON object for programs, one line for what went wrong."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from lib.errors import DomainError
from organizations.models import Organization


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command tells: `headline` and `note` for people only, `facts` for everybody."""

    headline: str
    facts: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def __str__(self) -> str:
        width = max(map(len, self.facts), default=0)
        lines = [f"  {name:<{width}}  {_shown(value)}" for name, value in self.facts.items()]
        return "\n".join([self.headline, *lines, *([self.note] if self.note else [])])


class AnsweringCommand(BaseCommand):
    """A command that returns an `Answer`. A DomainError ends it with one line and exit status 1."""

    # Django's checks of URLs and templates say nothing of what these commands do, and take longer than they.
    requires_system_checks: list[str] = []
    # Django's own options still work; they only hide ours in --help.
    suppressed_base_arguments = {
        "--version",
        "--verbosity",
        "--settings",
        "--pythonpath",
        "--traceback",
        "--no-color",
        "--force-color",
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines for people")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            answer = self.answer(options)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(json.dumps(answer.facts) if options["json"] else str(answer))

    def answer(self, options: dict[str, Any]) -> Answer:
        """Do the work. Raises DomainError, CommandError."""
        raise NotImplementedError


def find_organization(name: str) -> Organization:
    """Return the organization with this slug or id. Raises CommandError."""
    found: Organization | None = Organization.objects.filter(slug=name).first()
    if found is None and (key := _uuid(name)):
        found = Organization.objects.filter(pk=key).first()
    if found is None:
        raise CommandError(f"there is no organization {name!r}; create one with `create_organization NAME`")
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)
