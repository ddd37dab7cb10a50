"""What the commands about suppressions are asked alike: whose rules, and how addresses are written."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError

from organizations.management.answers import find_organization
from organizations.models import Organization


def add_owner_arguments(parser: ArgumentParser) -> None:
    """Ask for one organization or the whole platform, and how to read the addresses of a file."""
    owner = parser.add_mutually_exclusive_group(required=True)
    owner.add_argument("--organization", metavar="ORGANIZATION", help="slug or id")
    owner.add_argument("--platform", action="store_true", help="rules for the whole platform")
    parser.add_argument(
        "--region",
        default="",
        metavar="CC",
        help="country of phone numbers without a country code, such as IT; if left out, the organization's",
    )
    parser.add_argument("--column", default="", metavar="HEADER", help="which column holds the addresses")


def owner_of(options: dict[str, Any]) -> Organization | None:
    """Return the organization that was named, None for the whole platform. Raises CommandError."""
    return None if options["platform"] else find_organization(options["organization"])


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading. Raises CommandError."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    with file:
        yield file
