"""After a restore from a backup nobody is called before it is known whom the providers called since."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customers.models import DialLedger
from customers.suppressions import contacts_since
from lib import clock
from organizations.models import Organization, ProviderAccount, SystemFlag
from organizations.quarantine import CLUSTER_FLAG, check_database, lift_quarantine
from organizations.services import Actor
from organizations.switches import dialing_stopped_reason, is_quarantined
from providers.base import Accepted, CallRequest
from targets.claims import claim_due_work
from targets.gateways import voice_for
from targets.invariants import check_against_provider, check_invariants
from targets.models import Attempt, CampaignTarget, ReviewItem
from targets.reconcile import reconcile_account
from targets.reviews import decide_review
from targets.submission import submit_attempt
from targets.sweep import sweep
from tests.targets.conftest import MONDAY
from tests.targets.restored import Backup
from tests.targets.world import World, set_clock

NUMBERS = [f"+1212555010{n}" for n in range(7)]
BEFORE = MONDAY - timedelta(minutes=5)


def reconcile(*arguments: str) -> dict[str, Any]:
    output = StringIO()
    call_command("reconcile", *arguments, "--json", stdout=output)
    facts: dict[str, Any] = json.loads(output.getvalue())
    return facts


def voice_account() -> ProviderAccount:
    account: ProviderAccount = ProviderAccount.objects.get(kind="elevenlabs")
    return account


def calls_by_number(world: World) -> Counter[str]:
    return Counter(call["to"] for call in world.placed())


def nothing_is_broken(world: World) -> bool:
    broken = {**check_invariants(), **check_against_provider(lambda: iter(world.placed()))}
    return not any(broken.values())


def placed_by_nobody(world: World, number: str) -> str:
    """Have the provider call `number` for an attempt nobody here knows; return the call's id."""
    agent = CampaignTarget.objects.first().campaign.agent  # type: ignore[union-attr]  # there is one
    answer = voice_for(voice_account()).place_call(CallRequest(str(uuid4()), number, agent.external_id, "phone-acme"))
    assert isinstance(answer, Accepted)
    world.wait(lambda: not world.simulator.stats()["scheduled"])
    return answer.provider_id


def test_after_a_restore_nobody_is_called_again_and_every_result_is_found(world: World, acme: Organization) -> None:
    assert check_database()
    campaign = world.campaign(acme)
    world.enrol(campaign, *[world.person(acme, "agrees", number) for number in NUMBERS])
    acme.concurrency_limit = 3
    acme.save()
    assert world.step() == 3

    backup = Backup(MONDAY)
    assert world.step() == 3
    assert world.step() == 1
    assert Attempt.objects.filter(state="completed").count() == 7
    backup.restore()

    assert Attempt.objects.filter(state="completed").count() == 3
    assert not check_database()
    acme.refresh_from_db()
    assert "the platform is quarantined" in dialing_stopped_reason(acme)
    assert world.step() == 0

    told = reconcile()
    assert "4 made again" in told["acme: Simulated ElevenLabs Agents"]
    assert reconcile("--resume", "--accept-unlisted") == {"dialing": "on"}
    world.hear()
    for hours in (0, 1, 5, 24):
        set_clock(MONDAY + timedelta(hours=hours))
        world.step()

    assert calls_by_number(world) == Counter(NUMBERS)
    assert set(CampaignTarget.objects.values_list("done_reason", "calls_made")) == {("goal_met", 1)}
    assert check_database()
    assert nothing_is_broken(world)


def test_who_was_only_reserved_at_the_backup_is_not_given_back_and_called_again(
    world: World, acme: Organization
) -> None:
    check_database()
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NUMBERS[0]))
    [claim] = claim_due_work(worker="test")
    backup = Backup(MONDAY)
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    world.wait(lambda: not world.simulator.stats()["scheduled"] and not world.simulator.stats()["webhooks_pending"])
    backup.restore()
    check_database()
    Attempt.objects.update(lease_until=clock.now() - timedelta(days=3650))

    sweep()
    assert Attempt.objects.get().state == "reserved"
    reconcile("--accept-unlisted")
    reconcile("--resume")
    world.hear()

    attempt = Attempt.objects.get()
    assert (attempt.pk, attempt.state, attempt.result_source) == (claim.attempt_id, "completed", "reconcile")
    assert CampaignTarget.objects.get().done_reason == "goal_met"
    assert len(world.placed()) == 1
    assert nothing_is_broken(world)


def test_a_call_without_an_echo_belongs_to_the_only_one_with_its_number(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "never_answers", NUMBERS[0]))
    call = placed_by_nobody(world, NUMBERS[0])

    done = reconcile_account(account=voice_account(), since=BEFORE)

    assert (done.restored, done.asked, done.unmatched) == (1, 0, [])
    attempt = Attempt.objects.get()
    assert (attempt.provider_id, attempt.state, attempt.outcome) == (call, "completed", "no_answer")
    target.refresh_from_db()
    assert (target.state, target.calls_made, target.next_attempt_at) == ("ready", 1, MONDAY + timedelta(hours=1))
    assert contacts_since(organization_id=acme.pk, address=NUMBERS[0], since=BEFORE) == 1
    again = reconcile_account(account=voice_account(), since=BEFORE)
    assert (again.known, again.restored) == (1, 0)
    assert DialLedger.objects.count() == 1


def test_where_several_may_be_meant_none_goes_on_before_a_person_decided(world: World, acme: Organization) -> None:
    person = world.person(acme, "never_answers", NUMBERS[0])
    targets = [world.enrol(world.campaign(acme, name=name), person) for name in ("Spring", "Autumn")]
    placed_by_nobody(world, NUMBERS[0])

    done = reconcile_account(account=voice_account(), since=BEFORE)

    assert (done.restored, done.asked) == (0, 1)
    assert {item.target_id for item in ReviewItem.objects.all()} == {target.pk for target in targets}
    assert world.step() == 0
    for item in ReviewItem.objects.select_related("target"):
        decide_review(review=item, decision="called", actor=Actor())
    assert set(CampaignTarget.objects.values_list("state", "next_attempt_at")) == {
        ("ready", MONDAY + timedelta(hours=1))
    }


def test_a_call_to_nobody_here_is_listed_and_counts_against_its_number(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NUMBERS[0]))
    call = placed_by_nobody(world, NUMBERS[6])

    told = reconcile("--since", BEFORE.isoformat())["acme: Simulated ElevenLabs Agents"]

    assert "1 matched with nobody" in told
    assert f"nobody here: call {call} to …106, 2026-06-01 15:00 UTC" in told
    assert contacts_since(organization_id=acme.pk, address=NUMBERS[6], since=BEFORE) == 1


def test_a_quarantine_ends_only_when_every_account_was_reconciled(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NUMBERS[0]))
    check_database()
    SystemFlag.objects.filter(key=CLUSTER_FLAG).update(value="another database")
    assert not check_database()

    with pytest.raises(CommandError, match="acme: Simulated ElevenLabs Agents, acme: Simulated "):
        reconcile("--resume")
    reconcile()
    with pytest.raises(CommandError, match="restore: acme: Simulated Email, acme: Simulated WhatsApp"):
        reconcile("--resume")
    assert is_quarantined()
    reconcile("--resume", "--accept-unlisted")

    assert not is_quarantined()
    assert check_database()
    assert world.step() == 1


def test_an_account_that_does_not_answer_is_not_reconciled(world: World, acme: Organization) -> None:
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NUMBERS[0]))
    check_database()
    SystemFlag.objects.filter(key=CLUSTER_FLAG).update(value="another database")
    check_database()
    world.accounts_path.write_text("{}")

    with pytest.raises(CommandError, match="Some accounts could not be asked"):
        reconcile("--accept-unlisted")
    with pytest.raises(CommandError, match="ElevenLabs"):
        reconcile("--resume")


def test_another_restore_begins_anew(world: World, acme: Organization) -> None:
    world.campaign(acme)
    check_database()
    for _ in range(2):
        SystemFlag.objects.filter(key=CLUSTER_FLAG).update(value="another database")
        check_database()
        with pytest.raises(CommandError, match="not every account"):
            reconcile("--resume")
        reconcile("--accept-unlisted")
        lift_quarantine()
        assert not is_quarantined()


def test_the_time_of_the_backup_is_the_last_time_the_database_was_seen(world: World, acme: Organization) -> None:
    with pytest.raises(CommandError, match="give --since"):
        reconcile()
    check_database()
    set_clock(MONDAY + timedelta(hours=1))
    check_database()
    set_clock(MONDAY + timedelta(hours=9))

    assert reconcile()["since"] == (MONDAY + timedelta(minutes=50)).isoformat()


@pytest.mark.parametrize("given", ["yesterday", "2026-06-01T09:00:00"])
def test_a_time_that_is_none_is_one_clear_line(given: str, db: None) -> None:
    with pytest.raises(CommandError, match="--since"):
        reconcile("--since", given)
