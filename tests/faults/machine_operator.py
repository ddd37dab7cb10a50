"""Rules of the state machine: what operators, programs and people do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from campaigns.models import Campaign, Configuration
from campaigns.services.campaigns import restore_campaign, soft_delete_campaign, update_campaign
from campaigns.services.lifecycle import (
    close_campaign,
    complete_campaign,
    pause_campaign,
    resume_campaign,
    start_campaign,
)
from customers.models import Customer, Suppression
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
SWITCH = st.sampled_from([EVERYWHERE, "acme", "acme/elevenlabs", "globex/whatsapp"])
LEVEL = st.sampled_from(["organization", "campaign", "number", "account"])
LIMIT = st.sampled_from([None, 1, 2, 5])


class OperatorRules(Steps):
    """Everything that changes what the engine may do."""

    @initialize(first=st.integers(0, 2), rest=st.booleans())
    def begin(self, first: int, rest: bool) -> None:
        """Start where there is something to do: one campaign or all of them have people, and run."""
        for number, people in enumerate([{0, 1, 2, 3}, {0, 2, 4}, {5, 6, 7}]):
            if rest or number == first:
                self.enrol(number, people)
                self.move_campaign(number, "start")

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

    @rule(change=st.sampled_from(["hours", "hours", "blackout", "cap", "switch", "switch", "limit"]), data=st.data())
    def change_a_rule(self, change: str, data: st.DataObject) -> None:
        """Change one of what decides when, how often and through what people are contacted."""
        match change:
            case "hours":
                self._change_hours(data.draw(CAMPAIGN), data.draw(HOURS))
            case "blackout":
                self._change_blackout(data.draw(OWNER), data.draw(st.integers(0, 2)), data.draw(st.booleans()))
            case "cap":
                self._change_daily_cap(data.draw(OWNER), data.draw(st.integers(1, 5)))
            case "switch":
                self._turn_switch(data.draw(SWITCH), data.draw(st.booleans()))
            case _:
                self._change_limit(data.draw(LEVEL), data.draw(LIMIT), data.draw(OWNER))

    @rule(number=CAMPAIGN)
    def clear_the_way(self, number: int) -> None:
        """Take what holds a campaign away: stops, hours, blackouts."""
        for switch in sorted(self.facts.switched_off):
            self._turn_switch(switch, False)
        for owner in ("acme", "globex"):
            self._change_blackout(owner, 0, False)
        self._change_hours(number, ALWAYS)
        self._hide_campaign(number, False)
        self.move_campaign(number, "start")

    @rule(pick=st.integers(0, 20), what=st.sampled_from(["target", "target", "campaign", "close"]), hides=st.booleans())
    def hide_or_show(self, pick: int, what: str, hides: bool) -> None:
        if not self.facts.enrolled:
            return
        match what:
            case "target":
                rows = CampaignTarget.all_objects.filter(pk=chosen(pick, self.targets()).pk)
                self.operate(lambda: rows.soft_delete(self.world.now) if hides else rows.restore())
            case "campaign":
                self._hide_campaign(pick % 3, hides)
            case _ if len(self.facts.contacts) > 6:  # late: nothing happens in it any more
                if self.operate(lambda: close_campaign(campaign=self.campaign(1))):
                    self.facts.rules[1].is_stopped = True

    def _hide_campaign(self, number: int, hides: bool) -> None:
        hide_or_show = soft_delete_campaign if hides else restore_campaign
        if self.operate(lambda: hide_or_show(campaign=self.campaign(number))) and hides:
            self.facts.rules[number].is_stopped = True

    def _change_hours(self, number: int, hours: list[dict[str, Any]]) -> None:
        campaign, rules = self.campaign(number), self.facts.rules[number]
        if campaign.configuration_id:
            row = Configuration.objects.get(pk=campaign.configuration_id)
            row.windows = hours
            self.operate(row.save)
        elif not self.operate(lambda: update_campaign(campaign=campaign, changes={"working_hours": hours})):
            return
        rules.windows = hours

    def _change_blackout(self, owner: str, days: int, exists: bool) -> None:
        Blackout.objects.filter(organization=self.world.organizations[owner]).delete()
        self.facts.blackouts.pop(owner, None)
        if exists:
            first = self.world.now.date()
            last = first + timedelta(days=days)
            organization = self.world.organizations[owner]
            self.operate(lambda: _black_out(organization, first, last))
            self.facts.blackouts[owner] = first, last

    def _change_limit(self, level: str, limit: int | None, owner: str) -> None:
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

    def _change_daily_cap(self, owner: str, cap: int) -> None:
        rows = Organization.objects.filter(pk=self.world.organizations[owner].pk)
        self.operate(lambda: rows.update(daily_contact_cap=cap))
        self.facts.daily_caps[owner] = cap

    def _turn_switch(self, whose: str, is_off: bool) -> None:
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
        whose=st.sampled_from(["organization", "organization", "import", "person", EVERYWHERE]),
    )
    def forbid(self, number: int, pick: int, channel: str, hours: int | None, whose: str) -> None:
        """Forbid an address, or all of a person's, from above the engine or, as an import does, from below it."""
        person = self.world.people[number]
        owner = EVERYWHERE if whose == EVERYWHERE else person.organization
        address, until = chosen(pick, person.addresses), self.world.now + timedelta(hours=hours) if hours else None
        if whose == "person":
            row = Customer.all_objects.get(organization__slug=person.organization, customer_id=f"person-{number}")
            if self.operate(lambda: opt_out_person(customer=row, source="unsubscribe")):
                self.facts.suppress(owner, person.addresses)
            return
        forbid_it = suppress if whose == "import" else opt_out_address
        fields: dict[str, Any] = {"source": "import" if whose == "import" else "api", "expires_at": until}
        organization = self.world.organizations.get(owner)
        if self.operate(lambda: forbid_it(organization=organization, address=address, channel=channel, **fields)):
            self.facts.suppress(owner, [address], channel, until)

    @rule(pick=st.integers(0, 20))
    def lift(self, pick: int) -> None:
        if not self.facts.suppressed:
            return
        owner, address, channel = key = chosen(pick, sorted(self.facts.suppressed))
        organization = self.world.organizations.get(owner)
        rows = Suppression.objects.filter(address_hash__in=address_hashes(address), channel=channel)
        for row in rows.filter(organization=organization, lifted_at__isnull=True):
            self.operate(lambda row=row: lift_suppression(suppression=row))  # type: ignore[misc]  # its default's type
        del self.facts.suppressed[key]

    @rule(pick=st.integers(0, 5), answer=st.integers(0, 2))
    def decide(self, pick: int, answer: int) -> None:
        if not ReviewItem.objects.filter(decided_at__isnull=True).exists():
            return
        review = chosen(pick, list(ReviewItem.objects.filter(decided_at__isnull=True).order_by("created_at", "pk")))
        decision = chosen(answer, DECISIONS[review.kind])
        actor = Actor(user=self.world.users[0])
        done = self.operate(lambda: decide_review(review=review, decision=decision, actor=actor))
        if done and decision == Decision.NOT_CALLED:
            self.facts.denied.add(str(review.attempt_id))


def _black_out(organization: Organization, first: date, last: date) -> Blackout:
    return Blackout.objects.create(organization=organization, name="Holiday", first_day=first, last_day=last)
