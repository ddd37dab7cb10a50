from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from customers.management.suppression_arguments import add_owner_arguments, opened, owner_of
from customers.models import Suppression
from customers.services.suppression_files import CheckedRow, check_addresses
from customers.suppressions import versions_without_key
from lib.db.clock import read_clock
from lib.tabular import write_csv_safe
from organizations.management.answers import Answer, AnsweringCommand
from organizations.models import Organization

_RULES = (
    "address_hash", "address_hint", "hash_key_version", "channel", "source", "reason", "created_at", "expires_at",
    "lifted_at",
)  # fmt: skip
_CHECKED = ("row", "address", "suppressed", "channel", "source", "owner", "since", "expires_at")
_ROWS_AT_ONCE = 2_000


class Command(AnsweringCommand):
    help = (
        "Write suppressions to a CSV file. Addresses are kept as keyed hashes, which cannot be turned back: the file"
        " has the hash and a hint. With --check it tells instead, for every address of a list, which rules bind it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the CSV file to write")
        add_owner_arguments(parser)
        parser.add_argument("--all", action="store_true", help="also the rules that were lifted or have expired")
        parser.add_argument("--check", type=Path, metavar="LIST", help="a .csv or .xlsx file of addresses to look up")
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        organization = owner_of(options)
        if options["check"]:
            return _checked(organization, options)
        return _exported(organization, options)


def _exported(organization: Organization | None, options: dict[str, Any]) -> Answer:
    at = read_clock()
    rules = Suppression.objects.filter(organization=organization)
    if not options["all"]:
        rules = rules.in_force(at)
    counted: Counter[int] = Counter()
    rows = rules.order_by("pk").values_list(*_RULES).iterator(chunk_size=_ROWS_AT_ONCE)
    written = _write(options["file"], _RULES, _counting(rows, counted))
    lost = versions_without_key(at=at)
    versions = [f"{version}: {count}" for version, count in sorted(counted.items())]
    note = f"No configured key has version {sorted(lost)}: these rules bind nobody. Put the key back." if lost else ""
    return Answer("Wrote the rules.", {"rules": written, "by_key_version": versions}, note)


def _counting(rows: Iterable[tuple[Any, ...]], counted: Counter[int]) -> Iterator[Sequence[object]]:
    version = _RULES.index("hash_key_version")
    for row in rows:
        counted[row[version]] += 1
        yield [_cell(value) for value in row]


def _checked(organization: Organization | None, options: dict[str, Any]) -> Answer:
    counted: Counter[str] = Counter()
    with opened(options["check"]) as source:
        rows = check_addresses(
            organization=organization,
            source=source,
            filename=options["check"].name,
            region=options["region"],
            column=options["column"],
        )
        _write(options["file"], _CHECKED, _told(rows, counted))
    facts = {"addresses": counted.total(), **{name: counted[name] for name in ("suppressed", "free", "unreadable")}}
    return Answer("Looked the addresses up.", facts)


def _told(rows: Iterable[CheckedRow], counted: Counter[str]) -> Iterator[Sequence[object]]:
    for row in rows:
        answer = "unreadable" if row.problem else "suppressed" if row.rules else "free"
        counted[answer] += 1
        if not row.rules:
            yield [row.number, row.written, row.problem or "no", "", "", "", "", ""]
        for rule in row.rules:
            owner = "organization" if rule.organization_id else "platform"
            since, until = _cell(rule.created_at), _cell(rule.expires_at)
            yield [row.number, row.written, "yes", rule.channel or "all", rule.source, owner, since, until]


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _write(path: Path, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            return write_csv_safe(file, headers, rows)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
