"""Rules written in the admin and by imported files reach what is planned within a tick of the periodic task."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Suppression
from customers.suppressions import AddressRule, lift_suppression, suppress, suppress_many
from organizations.models import Organization
from targets import optout_pass
from targets.models import CampaignTarget, OutboxMessage
from targets.optout_pass import apply_suppressions
from tests.connections import run_together
from tests.factories import CampaignFactory, CustomerFactory, TargetFactory


def waiting(organization: Organization, number: int, first: int = 0) -> list[CampaignTarget]:
    campaign = CampaignFactory(organization=organization)
    people = [CustomerFactory(organization=organization, phone=phone(first + n)) for n in range(number)]
    return [TargetFactory(campaign=campaign, customer=person) for person in people]


def phone(n: int) -> str:
    return f"+1212555{n:04d}"


def bar(organization: Organization | None, *numbers: int, source: str = "import") -> None:
    suppress_many(organization=organization, rules=[AddressRule(phone(n)) for n in numbers], source=source)


def states(targets: list[CampaignTarget]) -> list[str]:
    found = dict(CampaignTarget.objects.values_list("pk", "state"))
    return [found[target.pk] for target in targets]


@pytest.mark.parametrize("source", ["import", "operator"])
def test_a_rule_from_below_reaches_who_waits(acme: Organization, globex: Organization, source: str) -> None:
    ours, theirs = waiting(acme, 3), waiting(globex, 3)
    bar(acme, 1, source=source)
    apply_suppressions()
    assert states(ours) == ["ready", "suppressed", "ready"]
    assert states(theirs) == ["ready"] * 3


def test_a_rule_of_the_platform_reaches_everybody(acme: Organization, globex: Organization) -> None:
    ours, theirs = waiting(acme, 2), waiting(globex, 2)
    bar(None, 1)
    apply_suppressions()
    assert (states(ours), states(theirs)) == (["ready", "suppressed"], ["ready", "suppressed"])


def test_each_new_rule_is_noticed_and_nothing_is_done_twice(acme: Organization) -> None:
    targets = waiting(acme, 4)
    for number in range(3):
        bar(acme, number)
        assert apply_suppressions() == 1
        assert apply_suppressions() == 0
        assert states(targets).count("suppressed") == number + 1


def test_where_nothing_is_new_no_target_is_read(acme: Organization) -> None:
    waiting(acme, 3)
    bar(acme, 0, 1)
    apply_suppressions()
    with CaptureQueriesContext(connection) as queries:
        assert apply_suppressions() == 0
    assert len(queries) <= 3
    assert not any("campaigntarget" in query["sql"] for query in queries)


def test_a_pass_cut_short_goes_on_where_it_was(acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optout_pass, "BATCH", 2)
    targets = waiting(acme, 5)
    bar(acme, *range(5))
    assert apply_suppressions(seconds=0) == 0
    assert apply_suppressions(seconds=0) == 0
    for _ in range(4):
        before = states(targets).count("suppressed")
        OutboxMessage.objects.update(next_try_at="2000-01-01T00:00Z")
        message = OutboxMessage.objects.get()
        if message.sent_at is None:
            optout_pass._carry_on(message.pk, stop=0)
            assert states(targets).count("suppressed") == min(before + 2, 5)
    assert states(targets) == ["suppressed"] * 5


def test_a_rule_that_was_lifted_or_made_later_by_the_layer_above_is_left_alone(acme: Organization) -> None:
    targets = waiting(acme, 2)
    lift_suppression(suppression=suppress(organization=acme, address=phone(0), source="operator"))
    suppress(organization=acme, address=phone(1), source="keyword")
    apply_suppressions()
    assert states(targets) == ["ready", "ready"]
    assert Suppression.objects.count() == 2


def test_two_passes_at_once_do_the_work_once(acme: Organization) -> None:
    targets = waiting(acme, 20)
    bar(acme, *range(20))
    results = run_together(*[apply_suppressions] * 4)
    assert not [result for result in results if isinstance(result, Exception)]
    apply_suppressions()
    assert states(targets) == ["suppressed"] * 20
    assert Customer.objects.count() == 20
