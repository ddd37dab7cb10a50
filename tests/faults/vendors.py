"""F3, F4 and F4b: vendors that answer badly, and tell too much or too little."""

from __future__ import annotations

import math
import time

from django.db.models import Count

from providers.network import TOTAL_SECONDS
from targets.models import Attempt, AttemptEvent, InboxEvent
from targets.timing import CALL_LEASE, GIVE_UP_AFTER
from tests.faults.judgement import converge, judge, ours, placed, read_facts, steadily
from tests.faults.population import Run, add_people, populate
from tests.faults.system import System, wait_until
from tests.faults.verdict import Verdict

# The eight ways a submission may be answered, the others being the good one.
AMBIGUOUS = {
    "before_500": 0.1, "rate_limited": 0.1, "rejected": 0.05, "success_false": 0.05,
    "accepted_then_500": 0.12, "accepted_then_hang": 0.08, "accepted_then_reset": 0.12, "slow_answer": 0.1,
    "hang_seconds": 4 * TOTAL_SECONDS, "slow_seconds": 0.4 * TOTAL_SECONDS,
}  # fmt: skip
FOR_EVER = 1e9
_HALF_THE_NEWS = {"lost": 0.5}
_REFUSED = (400, 401, 403, None)  # None: nobody was there to answer


def answer_ambiguously(system: System, *, people: int, lags: tuple[float, ...] = (0.0, 0.3, 5.0)) -> Verdict:
    """F3: every kind of answer, with a list that lags, and half of the webhooks lost."""
    run = populate(system, "F3", people // len(lags))
    with system.crew() as crew:
        crew.wait_ready()
        for number, lag in enumerate(lags):
            system.set_faults(voice=AMBIGUOUS, webhooks=_HALF_THE_NEWS, list_lag_seconds=lag)
            if number:
                add_people(run, people // len(lags))
            time.sleep(12)
        # Healed but for the list: whoever is left is called with all news coming in, or this would take a quarter of an
        # hour, since a call nobody tells of holds its line until it is asked about.
        system.set_faults(list_lag_seconds=lags[-1])
        verdict = judge(run, system)
        system.set_faults()
    doubts = Attempt.objects.filter(campaign__in=run.campaigns, error_code="in_doubt").count()
    verdict.figures["in doubt"] = str(doubts)
    verdict.require(doubts > 0, "nothing was in doubt")
    return verdict


def never_tell(system: System, *, people: int) -> Verdict:
    """F3, the list that never shows a call: what is in doubt ends with a person, and nobody is called again."""
    # Lines for all at once: each is held until its doubt is given up. Whoever is in two campaigns comes to it twice.
    run = populate(system, "F3-never", people, limit=people, retries=0, personas=("agrees",))
    system.set_faults(
        voice={"accepted_then_500": 0.5, "accepted_then_reset": 0.5}, webhooks={"lost": 1}, list_lag_seconds=FOR_EVER
    )
    with system.crew(FAULTS_HOOK="tests.faults.hooks:know_no_references"):
        verdict = judge(run, system, after=2 * GIVE_UP_AFTER)
    system.set_faults()
    # That there are calls nobody here knows of is the very question the reviews ask; it is asked of a person.
    verdict.broken.pop("I9", None)
    reviews = int(verdict.figures.get("in review", "0"))
    verdict.require(verdict.dials <= reviews == len(run.enrolled), "a doubt that no person was asked about")
    return verdict


def deliver_badly(system: System, *, people: int) -> Verdict:
    """F4: webhooks two to five times, late and so in any order, before the answer to the request, with forgeries."""
    hooks = {"duplicated": 0.7, "delayed": 0.6, "delay_seconds": 2.0, "early": 0.3, "forged": 0.5}
    run = populate(system, "F4", people)
    with system.crew() as crew:
        crew.wait_ready()
        system.set_faults(webhooks=hooks)
        verdict = judge(run, system)
        system.set_faults()
        wait_until(lambda: system.stats()["webhooks_pending"] == 0, 15)
        converge(run, 15)
    facts = list(read_facts(system.log_path))
    forged = [fact for fact in facts if fact.get("forged")]
    believed = [fact for fact in forged if fact["fact"] == "webhook_delivered" or fact.get("status") not in _REFUSED]
    events = InboxEvent.objects.filter(provider_account__organization__in=run.organizations)
    twice = events.values("provider_account", "event_key").annotate(rows=Count("pk")).filter(rows__gt=1).count()
    verdict.require(bool(forged), "nothing was forged")
    verdict.require(not believed, "a forgery was not refused", len(believed))
    verdict.require(not twice, "an event was stored twice", twice)
    delivered = sum(events.values_list("deliveries", flat=True))
    verdict.figures["deliveries"] = f"{delivered} of {events.count()} events, {len(forged)} forged"
    return verdict


def tell_nothing(system: System, *, people: int) -> Verdict:
    """F4b, the poll alone: every webhook is lost, and every result is found by asking.

    Each call keeps its line until its lease is over and it is asked about, so people are called in rounds.
    """
    run = populate(system, "F4b-poll", people, retries=1)
    rounds = math.ceil(2 * len(run.enrolled) / sum(run.limits.values()))
    system.set_faults(webhooks={"lost": 1})
    with system.crew():
        verdict = judge(run, system, after=rounds * CALL_LEASE)
    system.set_faults()
    sources = Attempt.objects.filter(campaign__in=run.campaigns, state__in=["completed", "failed"])
    others = sources.exclude(result_source="poll").count()
    verdict.require(not others, "a result from nowhere", others)
    verdict.figures["found by"] = "poll"
    return verdict


def nobody_asks(system: System, *, people: int) -> Verdict:
    """F4b, webhooks alone: nothing is looked up, webhooks overtake the answers, every call is heard of all the same.

    But for calls whose answer never came in time: a webhook of a failed call names no reference of ours, so nothing but
    a look-up can tell whose it is. That is F3's matter; how many there were is said.
    """
    run = populate(system, "F4b-hooks", people, retries=1)
    system.set_faults(webhooks={"early": 0.5})
    with system.crew(FAULTS_HOOK="tests.faults.hooks:never_look_up") as crew:
        crew.wait_ready()
        time.sleep(15 * system.slack)
        rest = wait_until(lambda: not steadily(lambda: _unheard(run, system)), 30 * system.slack)
        unheard = _unheard(run, system)
        in_doubt = _ever_in_doubt(run)
        facts = placed(ours(run, list(read_facts(system.log_path))))
        seen = {call["conversation_id"] for call in facts if call["reference"] not in in_doubt}
    with system.crew():  # what was claimed and never sent is the sweep's to give back
        verdict = judge(run, system)
    system.set_faults()
    verdict.require(rest is not None, "a call nobody heard of", len(unheard))
    heard = Attempt.objects.filter(campaign__in=run.campaigns, provider_id__in=seen, result_source="webhook").count()
    verdict.require(heard == len(seen), "a result that did not come by webhook", len(seen) - heard)
    verdict.require(bool(seen), "no call was heard of")
    verdict.figures["found by"] = f"webhook: {heard} of {len(seen)}"
    verdict.figures["without an answer in time"] = str(len(in_doubt))
    return verdict


def _unheard(run: Run, system: System) -> set[str]:
    """Return the calls that are over by the provider's record and not by ours, whose answer came."""
    facts = ours(run, list(read_facts(system.log_path)))
    in_doubt = _ever_in_doubt(run)
    over = {f["conversation_id"] for f in facts if f["fact"] == "call_ended" and f["reference"] not in in_doubt}
    ended = Attempt.objects.filter(campaign__in=run.campaigns, state__in=["completed", "failed"])
    return over - set(ended.values_list("provider_id", flat=True))


def _ever_in_doubt(run: Run) -> set[str]:
    moves = AttemptEvent.objects.filter(campaign_id__in=[each.pk for each in run.campaigns], new_state="unknown")
    return set(map(str, moves.values_list("attempt_id", flat=True)))
