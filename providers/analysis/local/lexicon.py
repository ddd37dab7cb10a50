"""Say what the words of a language mean for a goal. One `Lexicon` a language; patterns meet `wording.plain_words`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Cue(StrEnum):
    """What a clause of the person may be a sign of."""

    OPT_OUT = "opt_out"  # contact me no more
    WRONG_PERSON = "wrong_person"  # whoever is asked for is not here and does not live here
    GATEKEEPER = "gatekeeper"  # somebody speaks for the person
    CALLBACK = "callback"  # another time
    HEDGE = "hedge"  # neither yes nor no
    SARCASM = "sarcasm"
    HOSTILE = "hostile"
    REFUSAL = "refusal"  # no, whatever was asked
    COMMITMENT = "commitment"  # yes, whatever was asked
    CONDITION = "condition"  # yes, if
    MATERIAL = "material"  # send me something
    THANKS = "thanks"
    MISHEARD = "misheard"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one language.

    `cues` hold by themselves. `yes` and `no` open an answer, and `fine` approves a day or an hour: what they mean
    hangs on what the agent asked before, which `proposal`, `offer` and `small_talk` tell. `negation` turns what
    follows it in the same clause around.
    """

    language: str
    function_words: frozenset[str]
    cues: dict[Cue, re.Pattern[str]]
    negation: re.Pattern[str]
    harmless: re.Pattern[str]
    reversal: re.Pattern[str]  # takes back, or puts off, what was just said
    yes: re.Pattern[str]
    emphatic: re.Pattern[str]  # a yes that is never said in passing
    no: re.Pattern[str]
    fine: re.Pattern[str]
    moment: re.Pattern[str]
    proposal: re.Pattern[str]
    offer: re.Pattern[str]
    small_talk: re.Pattern[str]
    aside: re.Pattern[str]  # proposes another call or something to read, which is not the goal


def words(lines: str) -> re.Pattern[str]:
    """Return one pattern that finds any of the alternatives as whole words. They stand on lines, or between `` | ``."""
    alternatives = [one.strip() for one in re.split(r"\n| \| ", lines)]
    return re.compile(rf"\b(?:{'|'.join(one for one in alternatives if one)})\b")


def word_set(line: str) -> frozenset[str]:
    """Return the single words of `line`."""
    return frozenset(line.split())
