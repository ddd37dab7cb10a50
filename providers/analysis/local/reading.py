"""Decide where a conversation ends: the last clear word counts, and where words contradict each other none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from providers.analysis.contract import Label, Quote, Verdict
from providers.analysis.local.lexicon import Cue
from providers.analysis.local.stances import Asked, Said, Stance

_MOST_CHANGES = 1  # of mind, before nobody can tell what somebody wants

SURE, LIKELY, FAINT = 0.9, 0.7, 0.5  # scores are this coarse on purpose: words are no measurement


@dataclass(frozen=True, slots=True)
class Reading:
    """The verdict with its reason in plain words and what it rests on."""

    verdict: Verdict
    label: Label
    score: float
    why: str
    quotes: tuple[Quote, ...] = ()


NOTHING = Reading(Verdict.UNCLEAR, Label.UNKNOWN, 0.0, "Nothing the person said decides.")


def decide(said: Sequence[Said]) -> Reading:
    """Return the verdict on the person's turns, oldest first. In doubt it is unclear."""
    if optout := quotes_of(said, Cue.OPT_OUT):
        return Reading(Verdict.NOT_MET, Label.NEGATIVE, SURE, "The person wants no more contact.", optout)
    final = _final(said)
    if wrong := quotes_of(said, Cue.WRONG_PERSON):
        if any(one.supports for one in said):
            return _unclear("Somebody else seems to have answered, and yet agreed.", wrong)
        return Reading(Verdict.NOT_MET, Label.NEUTRAL, LIKELY, "Somebody else answered.", wrong)
    if final is Stance.FOR:
        return _acceptance(said)
    if final is Stance.AGAINST:
        return _refusal(said)
    return _open_end(said)


def quotes_of(said: Sequence[Said], *cues: Cue) -> tuple[Quote, ...]:
    """Return the words that hold any of `cues`, in the order they were said."""
    return tuple(one.cues[cue] for one in said for cue in cues if cue in one.cues)


def _final(said: Sequence[Said]) -> Stance | None:
    """Return the stance the conversation ends with; BOTH where the person went to and fro."""
    stances = [stance for one in said if (stance := one.stance) is not None]
    if not stances:
        return None
    if Stance.BOTH in stances:
        return Stance.BOTH
    clear = [stance for stance in stances if stance is not Stance.NEITHER]
    if sum(earlier is not later for earlier, later in pairwise(clear)) > _MOST_CHANGES:
        return Stance.BOTH
    if clear and clear[-1] is Stance.AGAINST:
        return Stance.AGAINST  # "perhaps in spring" takes no refusal back
    return stances[-1]


def _acceptance(said: Sequence[Said]) -> Reading:
    for_it = [one for one in said if one.stance is Stance.FOR]
    quotes = tuple(quote for one in for_it for quote in one.supports)[:3]
    if doubt := quotes_of(said, Cue.SARCASM, Cue.HOSTILE):
        return _unclear("The words of agreement do not sound meant.", doubt, Label.NEGATIVE)
    if gatekeeper := quotes_of(said, Cue.GATEKEEPER):
        return _unclear("Somebody spoke for the person.", gatekeeper)
    after = _latest_obstacle(said)
    firm = [one for one in for_it if one.is_firm and one.turn > after]
    if after >= 0 and not firm:
        return _unclear("The person agreed, and then put it off or spoke against it.", quotes)
    if all(one.is_conditional and one.asked is not Asked.STATEMENT for one in for_it):
        return _unclear("The person agreed on a condition that they did not say was met.", quotes)
    score = SURE if len(for_it) > 1 and any(one.is_firm for one in for_it) else LIKELY
    return Reading(Verdict.MET, Label.POSITIVE, score, "The person agreed.", quotes)


def _latest_obstacle(said: Sequence[Said]) -> int:
    """Return the last turn that stands in the way of a bare yes: a refusal, a hedge or "call me later"; else -1."""
    obstacles = [
        one.turn
        for one in said
        if one.stance in (Stance.AGAINST, Stance.NEITHER) or (Cue.CALLBACK in one.cues and not one.is_firm)
    ]
    return max(obstacles, default=-1)


def _refusal(said: Sequence[Said]) -> Reading:
    against = [one for one in said if one.stance is Stance.AGAINST]
    quotes = tuple(quote for one in against for quote in one.opposes)[:3]
    if gatekeeper := quotes_of(said, Cue.GATEKEEPER):
        return _unclear("Somebody spoke for the person.", gatekeeper)
    if not any(one.is_firm for one in against) and (later := quotes_of(said, Cue.CALLBACK)):
        return _unclear("The person had no time.", later)
    if not any(one.is_firm for one in against) and (mocking := quotes_of(said, Cue.SARCASM)):
        return _unclear("The person mocked what was asked.", mocking, Label.NEGATIVE)
    score = SURE if any(one.is_firm for one in against) else LIKELY
    return Reading(Verdict.NOT_MET, Label.NEGATIVE, score, "The person declined.", quotes)


def _open_end(said: Sequence[Said]) -> Reading:
    contradictory = tuple(quote for one in said if one.stance is Stance.BOTH for quote in (*one.supports, *one.opposes))
    if mocking := quotes_of(said, Cue.SARCASM):
        return _unclear("The person mocked what was asked.", mocking, Label.NEGATIVE)
    if contradictory or any(one.stance in (Stance.FOR, Stance.AGAINST) for one in said):
        return Reading(Verdict.UNCLEAR, Label.UNKNOWN, 0.0, "The person said yes and no.", contradictory[:3])
    if later := quotes_of(said, Cue.CALLBACK):
        return _unclear("The person had no time.", later)
    if gatekeeper := quotes_of(said, Cue.GATEKEEPER):
        return _unclear("Somebody spoke for the person.", gatekeeper)
    if hedges := quotes_of(said, Cue.HEDGE):
        return _unclear("The person has not decided.", hedges)
    if hostile := quotes_of(said, Cue.HOSTILE):
        return _unclear("The person was upset.", hostile, Label.NEGATIVE)
    return NOTHING


def _unclear(why: str, quotes: Sequence[Quote], label: Label = Label.NEUTRAL) -> Reading:
    return Reading(Verdict.UNCLEAR, label, FAINT, why, tuple(quotes[:3]))
