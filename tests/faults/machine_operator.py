"""Rules of the state machine: what operators, programs and people do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from campaigns.models import Campaign, Configuration
from campaigns.services.campaigns import restore_campaign, soft_delete_campaign, update_campaign
from campaigns.services.lifecycle import (
    close_campaign,
    complete_campaign,
    pause_campaign,
    resume_campaign,
    start_campaign,
)
from customers.models import Suppression
from customers.services.addresses import address_hashes
from customers.suppressions import lift_suppression, suppress
from organizations.models import Blackout, Organization, PhoneNumber, ProviderAccount
from organizations.services import Actor
from organizations.switches import (
    resume_account,
    resume_dialing,
    set_dialing,
    stop_account,
    stop_dialing,
)
from targets.enrolment import enrol
from targets.models import CampaignTarget, ReviewItem
from targets.optouts import opt_out_address, opt_out_person
from targets.reviews import DECISIONS, Decision, decide_review
from tests.faults.machine_base import Steps, chosen
from tests.faults.machine_facts import EVERYWHERE
from tests.faults.machine_world import ALWAYS, WEEKDAYS

CAMPAIGN = st.integers(0, 2)
PERSON = st.integers(0, 7)
OWNER = st.sampled_from(["acme", "globex"])
HOURS = st.sampled_from([
    WEEKDAYS,
    ALWAYS,
    [{"days": [0, 1, 2, 3, 4], "start": "22:00", "end": "02:00"}],
    [{"days": [5, 6], "start": "10:00", "end": "12:30"}],
    [],
])  # fmt: skip
LIMIT = st.sampled_from([None, 1, 2, 5])


class OperatorRules(Steps):
    """Everything that changes what the engine may do."""

    @rule(number=CAMPAIGN, people=st.sets(PERSON, min_size=1, max_size=4))
    def enrol(self, number: int, people: set[int]) -> None:
        campaign = self.campaign(number)
        mine = [n for n in sorted(people) if self.world.people[n].organization == campaign.organization.slug]
        ids = [self.world.people[n].customer_id for n in mine]
        if not campaign.is_deleted and self.operate(lambda: enrol(campaign=campaign, customer_ids=ids)):  # type: ignore[arg-type]  # all are written
            self.facts.enrolled |= {(number, n) for n in mine}

    @rule(number=CAMPAIGN, move=st.sampled_from(["start", "start", "resume", "pause", "complete"]))
    def move_campaign(self, number: int, move: str) -> None:
        moves: dict[str, Callable[..., Campaign]] = {
            "start": start_campaign,
            "resume": resume_campaign,
            "pause": pause_campaign,
            "complete": complete_campaign,
        }
        if self.operate(lambda: moves[move](campaign=self.campaign(number))):
            self.facts.rules[number].is_stopped = move in ("pause", "complete")

    @precondition(lambda self: len(self.facts.contacts) > 3)  # late: nothing happens in it any more
    @rule()
    def close(self) -> None:
        if self.operate(lambda: close_campaign(campaign=self.campaign(1))):
            self.facts.rules[1].is_stopped = True

    @rule(number=CAMPAIGN, hides=st.booleans())
    def hide_campaign(self, number: int, hides: bool) -> None:
        hide_or_show = soft_delete_campaign if hides else restore_campaign
        if self.operate(lambda: hide_or_show(campaign=self.campaign(number))) and hides:
            self.facts.rules[number].is_stopped = True

    @precondition(lambda self: self.facts.enrolled)
    @rule(pick=st.integers(0, 20), hides=st.booleans())
    def hide_target(self, pick: int, hides: bool) -> None:
        rows = CampaignTarget.all_objects.filter(pk=chosen(pick, self.targets()).pk)
        self.operate(lambda: rows.soft_delete(self.world.now) if hides else rows.restore())

    @rule(number=CAMPAIGN, hours=HOURS)
    def change_hours(self, number: int, hours: list[dict[str, Any]]) -> None:
        campaign, rules = self.campaign(number), self.facts.rules[number]
        if campaign.configuration_id:
            row = Configuration.objects.get(pk=campaign.configuration_id)
            row.windows = hours
            self.operate(row.save)
        elif not self.operate(lambda: update_campaign(campaign=campaign, changes={"working_hours": hours})):
            return
        rules.windows = hours

    @rule(owner=OWNER, days=st.integers(0, 2), exists=st.booleans())
    def change_blackout(self, owner: str, days: int, exists: bool) -> None:
        Blackout.objects.filter(organization=self.world.organizations[owner]).delete()
        self.facts.blackouts.pop(owner, None)
        if exists:
            first = self.world.now.date()
            last = first + timedelta(days=days)
            organization = self.world.organizations[owner]
            self.operate(lambda: _black_out(organization, first, last))
            self.facts.blackouts[owner] = first, last

    @rule(level=st.sampled_from(["organization", "campaign", "number", "account"]), limit=LIMIT, owner=OWNER)
    def change_limit(self, level: str, limit: int | None, owner: str) -> None:
        organization = self.world.organizations[owner]
        match level:
            case "organization":
                rows: Any = Organization.objects.filter(pk=organization.pk)
                self.operate(lambda: rows.update(concurrency_limit=limit or 4))
            case "campaign":
                changes = {"concurrency_limit": limit}
                self.operate(lambda: update_campaign(campaign=self.campaign(0), changes=changes))
            case "number":
                rows = PhoneNumber.objects.filter(organization=organization)
                self.operate(lambda: rows.update(concurrency_limit=limit))
            case _:
                rows = ProviderAccount.objects.filter(organization=organization, kind="elevenlabs")
                self.operate(lambda: rows.update(concurrency_limit=limit))

    @rule(owner=OWNER, cap=st.integers(1, 5))
    def change_daily_cap(self, owner: str, cap: int) -> None:
        rows = Organization.objects.filter(pk=self.world.organizations[owner].pk)
        self.operate(lambda: rows.update(daily_contact_cap=cap))
        self.facts.daily_caps[owner] = cap

    @rule(whose=st.sampled_from([EVERYWHERE, "acme", "acme/elevenlabs", "globex/whatsapp"]), is_off=st.booleans())
    def turn_switch(self, whose: str, is_off: bool) -> None:
        owner, _slash, kind = whose.partition("/")
        organization = self.world.organizations.get(owner)
        if organization is None:
            self.operate(lambda: set_dialing(value="stopped" if is_off else "on"))
        elif kind:
            turn_account = stop_account if is_off else resume_account
            self.operate(lambda: turn_account(account=self.world.accounts[owner, kind]))
        else:
            turn = stop_dialing if is_off else resume_dialing
            self.operate(lambda: turn(organization=organization))
        self.facts.switched_off.discard(whose)
        if is_off:
            self.facts.switched_off.add(whose)

    @rule(
        number=PERSON,
        pick=st.integers(0, 2),
        channel=st.sampled_from(["", "", "call", "email"]),
        hours=st.sampled_from([None, None, 30]),
        everywhere=st.booleans(),
        below=st.booleans(),
    )
    def forbid_address(
        self, number: int, pick: int, channel: str, hours: int | None, everywhere: bool, below: bool
    ) -> None:
        """Forbid an address, from above the engine or, as an import does, from below it."""
        person = self.world.people[number]
        organization = None if everywhere else self.world.organizations[person.organization]
        address, until = chosen(pick, person.addresses), self.world.now + timedelta(hours=hours) if hours else None
        forbid = suppress if below else opt_out_address
        fields: dict[str, Any] = {"source": "import" if below else "api", "channel": channel, "expires_at": until}
        if self.operate(lambda: forbid(organization=organization, address=address, **fields)):
            self.facts.suppress(EVERYWHERE if everywhere else person.organization, [address], channel, until)

    @rule(number=PERSON)
    def forbid_person(self, number: int) -> None:
        person = self.world.people[number]
        rows = CampaignTarget.customer.field.related_model.all_objects
        self.operate(lambda: opt_out_person(customer=rows.get(pk=person.customer_id), source="unsubscribe"))
        self.facts.suppress(person.organization, person.addresses)

    @precondition(lambda self: self.facts.suppressed)
    @rule(pick=st.integers(0, 20))
    def lift(self, pick: int) -> None:
        owner, address, channel = key = chosen(pick, sorted(self.facts.suppressed))
        organization = self.world.organizations.get(owner)
        rows = Suppression.objects.filter(address_hash__in=address_hashes(address), channel=channel)
        for row in rows.filter(organization=organization, lifted_at__isnull=True):
            self.operate(lambda row=row: lift_suppression(suppression=row))  # type: ignore[misc]  # its default's type
        del self.facts.suppressed[key]

    @precondition(lambda self: ReviewItem.objects.filter(decided_at__isnull=True).exists())
    @rule(pick=st.integers(0, 5), answer=st.integers(0, 2))
    def decide(self, pick: int, answer: int) -> None:
        review = chosen(pick, list(ReviewItem.objects.filter(decided_at__isnull=True).order_by("created_at", "pk")))
        decision = chosen(answer, DECISIONS[review.kind])
        actor = Actor(user=self.world.users[0])
        done = self.operate(lambda: decide_review(review=review, decision=decision, actor=actor))
        if done and decision == Decision.NOT_CALLED:
            self.facts.denied.add(str(review.attempt_id))


def _black_out(organization: Organization, first: date, last: date) -> Blackout:
    return Blackout.objects.create(organization=organization, name="Holiday", first_day=first, last_day=last)
