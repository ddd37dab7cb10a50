"""Recognise an address by keyed hashes, and lock it: what rules, the dial ledger and every dial agree on.

Keys can be changed. `ADDRESS_HASH_KEYS` lists them, newest first: what is written gets the hash of the newest key, what
is looked up is asked for under every key. Whatever key a process writes with, it locks the same names as the others.

An address is an E.164 number or an email address as `lib.email_address` returns it. Every function but `stored_form`
refuses any other form: a check on an address written differently would find nothing and let the contact through.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.transaction import TransactionManagementError

from customers.services.cleaning import clean_email, clean_phone
from lib.errors import InvalidField
from lib.privacy import keyed_hash

_STORED_FORM = re.compile(r"\+[1-9][0-9]{6,14}|[!-?\[-~]+@[!-?\[-~]+")
_PURPOSE = b"address-lock"  # keeps these locks apart from those of other purposes
_WHOLE_PLATFORM = "platform"
_HINT_DIGITS = 3
_LOCK = "SELECT count(pg_advisory_xact_lock(key)) FROM unnest(%s::bigint[]) AS key"
_LOCK_SHARED = "SELECT count(pg_advisory_xact_lock_shared(key)) FROM unnest(%s::bigint[]) AS key"


def key_versions() -> dict[int, bytes]:
    """Return the known keys by version, newest first: `ADDRESS_HASH_KEY_VERSION`, and down from there."""
    newest = settings.ADDRESS_HASH_KEY_VERSION
    return {newest - age: key.encode() for age, key in enumerate(settings.ADDRESS_HASH_KEYS)}


def newest_key_version() -> int:
    """Return the version of the key that new rows are written with."""
    version: int = settings.ADDRESS_HASH_KEY_VERSION
    return version


def is_stored_form(address: str) -> bool:
    """Say whether an address can be looked up as it is written."""
    return bool(_STORED_FORM.fullmatch(address))


def stored_form(address: str, region: str | None) -> str:
    """Return an address, written in any form, as it is stored; `region` is the country of numbers without a code.

    Raises InvalidField, which does not repeat the address.
    """
    if is_stored_form(address):  # also numbers no numbering plan knows yet: an opt-out must not fail for those
        return address
    stored = clean_email(address) if "@" in address else clean_phone("address", address, region)
    if not stored:
        raise InvalidField("address", "this must be a phone number or an email address")
    return stored


def address_hash(address: str) -> str:
    """Return the 64 hexadecimal digits new rows keep an address by, made with the newest key.

    Raises ValueError for an address that is not in its stored form; the message does not repeat it.
    """
    return address_hashes(address)[0]


def address_hashes(address: str) -> list[str]:
    """Return what an address may be kept by: its hash under every known key, newest first. Raises as `address_hash`."""
    if not is_stored_form(address):
        raise ValueError("an address must be an E.164 number or a normalised email address here")
    return [keyed_hash(address, key=key) for key in key_versions().values()]


def address_hint(address: str) -> str:
    """Return too little to write to, enough to tell a few rows apart."""
    return f"{address[0]}…@" if "@" in address else address[-_HINT_DIGITS:]


def lock_for_contact(organization_id: UUID, address: str) -> None:
    """Wait until no rule about an address is being written, and keep it so until the transaction ends.

    Contacts share this lock with each other. Raises TransactionManagementError outside a transaction, ValueError as
    `address_hash`.
    """
    names = [address, *address_hashes(address)]
    _lock([_key(owner, name) for owner in (None, organization_id) for name in names], shared=True)


def lock_for_rules(organization_id: UUID | None, addresses: Iterable[str]) -> None:
    """Wait for the contacts of these addresses that are being decided, and keep others out until the transaction ends.

    None is the whole platform. Take the locks of several addresses in one call, and before any lock on a row: they are
    taken in one order, so that two callers never wait for each other. Raises as `lock_for_contact`.
    """
    names = {name for address in addresses for name in (address, *address_hashes(address))}
    _lock([_key(organization_id, name) for name in names], shared=False)


def lock_hash_for_rules(organization_id: UUID | None, hashed: str) -> None:
    """Do as `lock_for_rules` for an address of which only a hash is left. Raises TransactionManagementError."""
    _lock([_key(organization_id, hashed)], shared=False)


def _key(owner: UUID | None, name: str) -> int:
    """Return the 64 bits PostgreSQL knows a lock by. Made here, so that no statement carries an address."""
    text = f"{owner or _WHOLE_PLATFORM}:{name}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, key=_PURPOSE).digest(), signed=True)


def _lock(keys: Iterable[int], *, shared: bool) -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("the lock on an address lives as long as a transaction: open one")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_SHARED if shared else _LOCK, [sorted(set(keys))])
