"""Who must not be contacted, and what was: by address, never by name."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from pytest_django import DjangoAssertNumQueries

from customers.models import Suppression
from customers.services.addresses import lock_for_contact, lock_for_rules
from customers.suppressions import (
    AddressRule,
    binding_rules,
    contacts_since,
    is_suppressed,
    lift_suppression,
    record_dial,
    suppress,
    suppress_many,
)
from lib import clock
from lib.errors import InvalidField
from organizations.models import AuditEvent, Organization

PHONE = "+393471234567"
EMAIL = "ada@example.com"


def blocked(organization: Organization, channel: str = "call", address: str = PHONE, **later: int) -> bool:
    at = clock.now() + timedelta(**later)
    return is_suppressed(organization_id=organization.pk, address=address, channel=channel, at=at) is not None


def test_an_address_is_forbidden_on_every_channel_to_its_organization(acme: Organization, globex: Organization) -> None:
    suppress(organization=acme, address=PHONE, source="operator")
    assert blocked(acme, "call")
    assert blocked(acme, "whatsapp")
    assert not blocked(globex)


def test_a_rule_for_one_channel_leaves_the_others(acme: Organization) -> None:
    suppress(organization=acme, address=PHONE, channel="whatsapp", source="keyword")
    assert blocked(acme, "whatsapp")
    assert not blocked(acme, "call")


def test_a_rule_of_the_platform_binds_every_organization(acme: Organization, globex: Organization) -> None:
    suppress(organization=None, address=PHONE, source="api")
    assert blocked(acme)
    assert blocked(globex)


@pytest.mark.parametrize("written", ["347 123 4567", "0039 347-1234567", "+39 (347) 123.45.67"])
def test_the_address_may_be_written_in_any_form(acme: Organization, written: str) -> None:
    suppress(organization=acme, address=written, source="api")
    assert blocked(acme)


def test_an_email_address_may_be_written_in_any_case(acme: Organization) -> None:
    suppress(organization=acme, address=" Ada@EXAMPLE.com", source="unsubscribe")
    assert blocked(acme, "email", EMAIL)


def test_a_number_no_numbering_plan_knows_can_be_forbidden_too(acme: Organization) -> None:
    suppress(organization=acme, address="+39999999999", source="keyword")
    assert blocked(acme, address="+39999999999")


@pytest.mark.parametrize("address", ["", "12", "ada@", "nobody"])
def test_what_is_no_address_cannot_be_forbidden(acme: Organization, address: str) -> None:
    with pytest.raises(InvalidField):
        suppress(organization=acme, address=address, source="api")


def test_the_row_says_too_little_to_write_to(acme: Organization) -> None:
    rule = suppress(organization=acme, address=PHONE, source="api", reason="x" * 300)
    other = suppress(organization=acme, address=EMAIL, source="api")
    assert (rule.address_hint, other.address_hint) == ("567", "a…@")
    assert len(rule.reason) == 255
    stored = str(Suppression.objects.values_list()) + str(AuditEvent.objects.values_list("changes"))
    assert PHONE not in stored
    assert EMAIL not in stored


def test_doing_it_twice_changes_nothing(acme: Organization) -> None:
    first = suppress(organization=acme, address=PHONE, source="api")
    second = suppress(organization=acme, address=PHONE, source="operator")
    assert (second.pk, second.source, second.created_at) == (first.pk, "api", first.created_at)
    assert AuditEvent.objects.filter(action__startswith="suppression").count() == 1


def test_doing_it_again_can_only_prolong_it(acme: Organization) -> None:
    soon, later = clock.now() + timedelta(days=1), clock.now() + timedelta(days=9)
    for expires_at in (later, soon):
        rule = suppress(organization=acme, address=PHONE, source="api", expires_at=expires_at)
        assert rule.expires_at == later
    assert suppress(organization=acme, address=PHONE, source="api").expires_at is None
    assert suppress(organization=acme, address=PHONE, source="api", expires_at=soon).expires_at is None


def test_a_rule_ends_when_it_expires_and_can_be_made_anew(acme: Organization) -> None:
    past = clock.now() - timedelta(minutes=1)
    expired = suppress(organization=acme, address=PHONE, source="api", expires_at=past)
    assert not blocked(acme)
    renewed = suppress(organization=acme, address=PHONE, source="api")
    assert renewed.pk != expired.pk
    assert renewed.created_at > past
    assert blocked(acme)
    expired.refresh_from_db()
    assert expired.lifted_at == past


def test_a_lifted_rule_stays_as_a_record_and_blocks_nobody(acme: Organization) -> None:
    rule = suppress(organization=acme, address=PHONE, source="api")
    lift_suppression(suppression=rule)
    lift_suppression(suppression=rule)
    assert not blocked(acme)
    assert Suppression.objects.get().lifted_at is not None
    assert AuditEvent.objects.filter(action="suppression.lifted").count() == 1
    suppress(organization=acme, address=PHONE, source="api")
    assert blocked(acme)


def test_many_addresses_are_asked_about_at_once(acme: Organization, globex: Organization) -> None:
    mine = suppress(organization=acme, address=PHONE, source="api")
    everyones = suppress(organization=None, address=EMAIL, channel="email", source="api")
    suppress(organization=globex, address="+393470000000", source="api")
    asked = [PHONE, EMAIL, "+393470000000"]
    found = binding_rules(organization_id=acme.pk, addresses=asked, at=clock.now())
    assert found == {PHONE: [mine], EMAIL: [everyones]}
    assert binding_rules(organization_id=None, addresses=asked, at=clock.now()) == {EMAIL: [everyones]}


@pytest.mark.parametrize("address", ["347 123 4567", "Ada@example.com", "+39 347", "", "ada@bücher.example"])
def test_an_address_in_another_form_is_refused_rather_than_not_found(acme: Organization, address: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164") as caught:
        is_suppressed(organization_id=acme.pk, address=address, channel="call", at=clock.now())
    assert address == "" or address not in str(caught.value)


def test_contacts_are_counted_by_address_across_channels(acme: Organization, globex: Organization) -> None:
    now = clock.now()

    def dialed(organization_id: UUID, address: str, minutes_ago: int, channel: str = "call") -> None:
        at = now - timedelta(minutes=minutes_ago)
        record_dial(organization_id=organization_id, attempt_id=uuid4(), channel=channel, address=address, at=at)

    for minutes_ago in (1, 60, 61):
        dialed(acme.pk, PHONE, minutes_ago)
    dialed(acme.pk, PHONE, 2, "whatsapp")
    dialed(acme.pk, EMAIL, 2, "email")
    dialed(globex.pk, PHONE, 2)
    since = now - timedelta(minutes=60)
    assert contacts_since(organization_id=acme.pk, address=PHONE, since=since) == 3


def test_an_attempt_is_recorded_once(acme: Organization) -> None:
    attempt_id = uuid4()

    def record() -> None:
        record_dial(organization_id=acme.pk, attempt_id=attempt_id, channel="call", address=PHONE, at=clock.now())

    record()
    with pytest.raises(IntegrityError), transaction.atomic():
        record()


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_a_mistake() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(TransactionManagementError):
        lock_for_contact(uuid4(), PHONE)
    with pytest.raises(TransactionManagementError):
        lock_for_rules(None, [PHONE])


def test_the_persons_own_word_replaces_any_other_source(acme: Organization) -> None:
    suppress(organization=acme, address=PHONE, source="import", reason="bought list")
    rule = suppress(organization=acme, address=PHONE, source="keyword", reason="wrote STOP")
    assert (rule.source, rule.reason, Suppression.objects.count()) == ("keyword", "wrote STOP", 1)
    suppress(organization=acme, address=PHONE, source="operator", reason="again")
    rule.refresh_from_db()
    assert (rule.source, rule.reason) == ("keyword", "wrote STOP")
    assert AuditEvent.objects.filter(action="suppression.confirmed").count() == 1


def test_a_batch_says_what_became_of_each_rule(acme: Organization) -> None:
    soon, later = clock.now() + timedelta(days=1), clock.now() + timedelta(days=9)
    suppress(organization=acme, address=PHONE, source="api", expires_at=soon)
    suppress(organization=acme, address="+393470000001", source="api", expires_at=clock.now() - timedelta(days=1))
    rules = [
        AddressRule(PHONE, expires_at=later),
        AddressRule(EMAIL),
        AddressRule(EMAIL),
        AddressRule(EMAIL, channel="email"),
        AddressRule("+393470000001", expires_at=soon),
    ]
    changes = suppress_many(organization=acme, rules=rules, source="import")
    assert changes == ["prolonged", "created", "already", "created", "created"]
    assert suppress_many(organization=acme, rules=rules, source="import") == ["already"] * 5
    assert blocked(acme, days=8)
    assert blocked(acme, "email", EMAIL)
    assert blocked(acme, "call", "+393470000001")
    counted = AuditEvent.objects.get(action="suppression.many").changes
    assert (counted["created"], counted["prolonged"]) == ([None, 3], [None, 1])


def test_a_batch_costs_a_constant_number_of_statements(
    acme: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for size in (1, 200):
        rules = [AddressRule(f"+39347{size:03d}{n:04d}") for n in range(size)]
        with django_assert_max_num_queries(7):
            suppress_many(organization=acme, rules=rules, source="import")
    assert Suppression.objects.count() == 201
