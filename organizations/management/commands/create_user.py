from __future__ import annotations

import secrets
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from organizations.management.answers import Answer, AnsweringCommand, find_organization
from organizations.models import Organization, Role, User
from organizations.services import add_member, create_user

_GENERATED_BYTES = 15  # 20 characters


class Command(AnsweringCommand):
    help = (
        "Create somebody who can log in, as a member of an organization. Without an option about it, a password is "
        "made and shown this once. Somebody who can log in already becomes a member of one more organization."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="what they log in with")
        parser.add_argument("--name", default="", help="how people call them")
        parser.add_argument("--organization", metavar="ORGANIZATION", help="slug or id")
        parser.add_argument("--role", choices=Role.values, help=f"in the organization (default: {Role.OPERATOR})")
        parser.add_argument("--superuser", action="store_true", help="may do everything in every organization")
        password = parser.add_mutually_exclusive_group()
        password.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        password.add_argument("--ask-password", action="store_true", help="ask for the password")
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        organization = find_organization(options["organization"]) if options["organization"] else None
        if organization is None and (options["role"] or not options["superuser"]):
            raise CommandError("name the --organization, or make this a --superuser without a role")
        existing = User.objects.filter(email=options["email"].strip().lower()).first()
        if existing and organization and not options["superuser"]:
            return self._add(existing, organization, options)
        return self._create(organization, options)

    def _add(self, user: User, organization: Organization, options: dict[str, Any]) -> Answer:
        if options["password_stdin"] or options["ask_password"] or options["name"]:
            raise CommandError("this user exists already: leave out the name and the password to add a membership")
        membership = add_member(organization=organization, user=user, role=Role(options["role"] or Role.OPERATOR))
        return Answer("Added the user to the organization.", _facts(user, organization, membership.role))

    def _create(self, organization: Organization | None, options: dict[str, Any]) -> Answer:
        password, is_generated = _password(options)
        role = Role(options["role"] or Role.OPERATOR)
        with transaction.atomic():
            user = create_user(
                email=options["email"],
                password=password,
                name=options["name"],
                is_staff=True,
                is_superuser=options["superuser"],
            )
            if organization:
                add_member(organization=organization, user=user, role=role)
        facts = _facts(user, organization, role if organization else "")
        if not is_generated:
            return Answer("Created the user.", facts)
        return Answer("Created the user.", {**facts, "password": password}, "The password is not shown again.")


def _facts(user: User, organization: Organization | None, role: str) -> dict[str, Any]:
    slug = organization.slug if organization else ""
    return {"id": str(user.pk), "email": user.email, "organization": slug, "role": role}


def _password(options: dict[str, Any]) -> tuple[str, bool]:
    """Return the password, and whether it was made here."""
    if options["password_stdin"]:
        return sys.stdin.readline().rstrip("\r\n"), False
    if options["ask_password"]:
        return _asked(), False
    return secrets.token_urlsafe(_GENERATED_BYTES), True


def _asked() -> str:
    password = getpass("Password: ")
    if getpass("Password again: ") != password:
        raise CommandError("the two passwords differ")
    return password
