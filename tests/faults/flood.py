"""F4-flood: thousands of webhooks at a steady pace while processes die: none that was acknowledged may be lost."""

from __future__ import annotations

import hashlib
import itertools
import random
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from django.db.models import Sum

from customers.models import Customer
from targets.models import Attempt, InboundMessage, InboxEvent
from tests.faults.background import in_background
from tests.faults.judgement import judge, steadily
from tests.faults.killing import Tally, kill_now_and_then
from tests.faults.messenger import Line, Messenger, new_wamid
from tests.faults.population import Run, populate
from tests.faults.system import System
from tests.faults.verdict import Verdict

# Deliveries a second, and how long answers may take on a machine that does nothing else: 99 in 100, and all.
PACE = 100.0
_MOST_ANSWERS_SECONDS, _LONGEST_ANSWER_SECONDS = 1.0, 5.0
_SENDERS = 8
_RETRY_SECONDS = 0.25
_GIVE_UP_SECONDS = 60.0
_ACKNOWLEDGED = 200
_WORDS = ("Who is this?", "I shall come.", "Please call me tomorrow.", "Thank you")


@dataclass
class Post:
    """What the vendors' servers remember of what they told. Filled by several threads; every operation is atomic."""

    acknowledged: set[str] = field(default_factory=set)  # digests of bodies
    answer_seconds: list[float] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    unanswered: list[int] = field(default_factory=list)  # one entry each
    given_up: list[int] = field(default_factory=list)

    def note(self, body: bytes, status: int | None, seconds: float) -> bool:
        """Note one answer; True where the webhook need not be sent again."""
        if status is None:
            self.unanswered.append(1)
            return False
        self.answer_seconds.append(seconds)
        if status == _ACKNOWLEDGED:
            self.acknowledged.add(hashlib.sha256(body).hexdigest())
            return True
        self.refusals.append(status)
        return False


@dataclass(frozen=True)
class Letter:
    """A webhook, who tells it, and what kind of news it is."""

    messenger: Messenger
    body: bytes
    kind: str

    @property
    def key(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def flood_with_webhooks(system: System, *, people: int, deliveries: int) -> Verdict:
    """F4-flood: so many deliveries, half of them repetitions, some about messages nobody knows or another tenant's."""
    run = populate(system, "F4-flood", people)
    tally = Tally(system.folder / "flood")
    post = Post()
    with system.crew() as crew:
        crew.wait_ready()
        letters = _letters(run, deliveries)
        with in_background(lambda stop: kill_now_and_then(crew, tally, stop, deliveries)):
            seconds = _send_all(system, letters, post)
        verdict = judge(run, system)
    _judge_post(verdict, post, letters, system)
    verdict.kills = tally.from_outside
    verdict.figures["deliveries"] = f"{len(letters)} of {len({letter.key for letter in letters})} webhooks"
    verdict.figures["a second"] = f"{len(letters) / seconds:.0f}"
    verdict.figures["kills"] = str(tally.from_outside)
    return verdict


def _letters(run: Run, deliveries: int) -> list[Letter]:
    """Return what is told, in order. A repetition follows what it repeats within a hundred others."""
    ours, theirs = (Messenger.of(organization) for organization in run.organizations)
    phones = list(Customer.objects.filter(organization=run.organizations[0]).values_list("phone", flat=True))
    foreign = Attempt.objects.filter(organization=run.organizations[1]).values_list("pk", flat=True)
    references = [str(pk) for pk in foreign[:50]]
    letters: list[Letter] = []
    while len(letters) < deliveries:
        if letters and random.random() < 0.5:
            letters.append(random.choice(letters[-100:]))
        else:
            letters.append(_new_letter(ours, theirs, phones, references))
    return letters


def _new_letter(ours: Messenger, theirs: Messenger, phones: Sequence[str], references: Sequence[str]) -> Letter:
    phone, draw = random.choice(phones), random.random()
    if draw < 0.1 and references:
        reference = random.choice(references)
        return Letter(ours, ours.status(phone, "failed", wamid=new_wamid(), reference=reference), "another tenant's")
    if draw < 0.3:
        return Letter(theirs, theirs.status(phone, "delivered", wamid=new_wamid()), "of nobody's message")
    return Letter(ours, ours.written(phone, random.choice(_WORDS)), "from a person")


def _send_all(system: System, letters: Sequence[Letter], post: Post) -> float:
    """Send everything at the pace, by several senders; return how many seconds it took."""
    began, turns = time.monotonic(), itertools.count()

    def send_in_turn() -> None:
        with closing(Line(system)) as line:
            while (turn := next(turns)) < len(letters):
                time.sleep(max(began + turn / PACE - time.monotonic(), 0))
                _send_until_taken(line, letters[turn], post, _GIVE_UP_SECONDS * system.slack)

    senders = [threading.Thread(target=send_in_turn, daemon=True) for _ in range(_SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return time.monotonic() - began


def _send_until_taken(line: Line, letter: Letter, post: Post, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        status = line.post(letter.messenger, letter.body)
        if post.note(letter.body, status, time.monotonic() - asked):
            return
        if time.monotonic() > deadline:
            post.given_up.append(1)
            return
        time.sleep(_RETRY_SECONDS)


def _judge_post(verdict: Verdict, post: Post, letters: Sequence[Letter], system: System) -> None:
    stored = steadily(lambda: set(InboxEvent.objects.values_list("event_key", flat=True)))
    lost = post.acknowledged - stored
    verdict.require(not lost, "an acknowledged webhook lost", len(lost))
    verdict.lost += len(lost)
    verdict.require(not post.given_up, "a webhook never taken", len(post.given_up))
    wrong = [status for status in post.refusals if status != 503]  # 503 says: later
    verdict.require(not wrong, f"answered with {sorted(set(wrong))}", len(wrong))
    _judge_effects(verdict, letters, post)
    slow = sorted(post.answer_seconds)
    most, longest = slow[int(len(slow) * 0.99)], slow[-1]
    verdict.require(most < _MOST_ANSWERS_SECONDS * system.slack, "one answer in a hundred is slow")
    verdict.require(longest < _LONGEST_ANSWER_SECONDS * system.slack, "a very slow answer")
    verdict.figures["answers"] = f"99% within {most:.2f} s, the slowest {longest:.2f} s"
    verdict.figures["no answer"] = f"{len(post.unanswered)} times, sent again"


def _judge_effects(verdict: Verdict, letters: Sequence[Letter], post: Post) -> None:
    """Each message a person wrote is there once, and what is not of the account touched nothing."""
    kinds = {letter.key: letter.kind for letter in letters}
    rows = dict(InboxEvent.objects.filter(event_key__in=kinds).values_list("event_key", "result"))
    written = [key for key in post.acknowledged if kinds[key] == "from a person"]
    unapplied = [key for key in written if rows.get(key) != "applied"]
    verdict.require(not unapplied, "a message without its effect", len(unapplied))
    touched = [key for key, result in rows.items() if kinds[key] != "from a person" and result != "unmatched"]
    verdict.require(not touched, "news about nobody's message took effect", len(touched))
    kept = InboundMessage.objects.filter(text__in=_WORDS).count()
    stored = sum(kinds[key] == "from a person" for key in rows)
    verdict.require(kept == stored, "messages and webhooks differ in number", abs(kept - stored))
    counted = InboxEvent.objects.filter(event_key__in=kinds).aggregate(sum=Sum("deliveries"))["sum"]
    verdict.require(counted >= len(letters) - len(post.given_up), "a delivery was not counted")
