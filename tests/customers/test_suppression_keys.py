"""Changing the key of address hashes: what was forbidden before stays forbidden, whoever writes with which key."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django import Settings

from customers.models import Suppression
from customers.services.addresses import address_hash, address_hashes, lock_for_contact
from customers.suppressions import (
    binding_rules,
    contacts_since,
    is_suppressed,
    record_dial,
    suppress,
    suppress_hash,
    versions_without_key,
)
from lib import clock
from organizations.models import Organization
from tests.connections import PATIENCE_SECONDS, start_beside, wait_until_blocked
from tests.factories import OrganizationFactory

PHONE = "+393471234567"
OLD, NEW = "the old key, as long as any key must be", "the new key, as long as any key must be"
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def only_old(settings: Settings) -> Settings:
    settings.ADDRESS_HASH_KEYS, settings.ADDRESS_HASH_KEY_VERSION = [OLD], 1
    return settings


def rotate(settings: Settings, *keys: str) -> None:
    settings.ADDRESS_HASH_KEYS, settings.ADDRESS_HASH_KEY_VERSION = list(keys), 2


def blocked(organization: Organization) -> bool:
    return bool(is_suppressed(organization_id=organization.pk, address=PHONE, channel="call", at=clock.now()))


def test_a_rule_made_with_the_old_key_still_binds(only_old: Settings, acme: Organization) -> None:
    rule = suppress(organization=acme, address=PHONE, source="api")
    rotate(only_old, NEW, OLD)
    assert blocked(acme)
    assert binding_rules(organization_id=acme.pk, addresses=[PHONE], at=clock.now()) == {PHONE: [rule]}


def test_new_rules_are_made_with_the_newest_key_and_still_bind_when_the_old_one_is_gone(
    only_old: Settings, acme: Organization
) -> None:
    old_hash = address_hash(PHONE)
    rotate(only_old, NEW, OLD)
    rule = suppress(organization=acme, address=PHONE, source="api")
    assert (rule.hash_key_version, rule.address_hash == old_hash) == (2, False)
    rotate(only_old, NEW)
    assert blocked(acme)


def test_doing_it_again_makes_no_second_rule_and_brings_the_first_under_the_newest_key(
    only_old: Settings, acme: Organization
) -> None:
    first = suppress(organization=acme, address=PHONE, source="api")
    rotate(only_old, NEW, OLD)
    second = suppress(organization=acme, address=PHONE, source="api")
    assert (second.pk, Suppression.objects.count()) == (first.pk, 1)
    rotate(only_old, NEW)
    assert blocked(acme)
    assert versions_without_key(at=clock.now()) == set()


def test_contacts_are_counted_under_every_key(only_old: Settings, acme: Organization) -> None:
    def dial() -> None:
        record_dial(organization_id=acme.pk, attempt_id=uuid4(), channel="call", address=PHONE, at=clock.now())

    dial()
    rotate(only_old, NEW, OLD)
    dial()
    assert contacts_since(organization_id=acme.pk, address=PHONE, since=clock.now() - timedelta(hours=1)) == 2


def test_a_key_that_is_gone_while_rules_need_it_is_told(only_old: Settings, acme: Organization) -> None:
    suppress(organization=acme, address=PHONE, source="api")
    rotate(only_old, NEW)
    assert versions_without_key(at=clock.now()) == {1}


@pytest.mark.parametrize("keys", [[NEW, OLD], [NEW], [OLD]])
@pytest.mark.django_db(transaction=True)
def test_an_opt_out_waits_for_a_dial_whatever_keys_either_has(settings: Settings, keys: list[str]) -> None:
    acme = OrganizationFactory(slug="acme")
    rotate(settings, OLD)
    with transaction.atomic():
        lock_for_contact(acme.pk, PHONE)
        rotate(settings, *keys)
        opt_out = start_beside(lambda: suppress(organization=acme, address=PHONE, source="keyword"))
        wait_until_blocked()
        assert not opt_out.done()
    assert opt_out.result(PATIENCE_SECONDS).organization_id == acme.pk


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_of_an_erased_person_waits_for_a_dial_too(settings: Settings) -> None:
    acme = OrganizationFactory(slug="acme")
    rotate(settings, NEW, OLD)
    _newest, oldest = address_hashes(PHONE)
    with transaction.atomic():
        lock_for_contact(acme.pk, PHONE)
        opt_out = start_beside(
            lambda: suppress_hash(organization=acme, hashed=oldest, key_version=1, source="unsubscribe")
        )
        wait_until_blocked()
    opt_out.result(PATIENCE_SECONDS)
    assert blocked(acme)


@pytest.mark.parametrize(
    ("keys", "version", "starts"), [("a,b", "1", False), ("a,b", "2", True), ("a,b", "", True), ("a", "7", True)]
)
def test_a_version_that_does_not_fit_the_keys_stops_the_start(keys: str, version: str, starts: bool) -> None:
    set_here = {"ADDRESS_HASH_KEY": keys, **({"ADDRESS_HASH_KEY_VERSION": version} if version else {})}
    unset = {name: value for name, value in os.environ.items() if not name.startswith("ADDRESS_HASH")}
    code = "from config.settings import base; print(base.ADDRESS_HASH_KEYS, base.ADDRESS_HASH_KEY_VERSION)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env={**unset, **set_here}, capture_output=True, text=True
    )
    assert (done.returncode == 0) is starts, done.stderr
    assert starts or "ADDRESS_HASH_KEY_VERSION" in done.stderr
