"""Read turn by turn where the person stands: for the goal, against it, in between, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from providers.analysis.contract import Quote
from providers.analysis.local.lexicon import Cue, Lexicon
from providers.analysis.local.wording import Clause, clauses_of
from providers.base import Speaker, Turn

_CONTRAST = re.compile(r"(?:but|though|pero|aunque|ma|tuttavia)\b")
_GREETING = re.compile(r"good (?:morning|afternoon|evening|day|night)")
_MOST_LEFT = 1  # words of an answer besides yes, thanks, and the moment it approves
_NEGATES_WITHIN = 4  # words between a negation and what it turns around
_LONGEST_YES = 5  # words of a clause that opens with a yes and says little else
_LONGEST_NO = 2  # "no thanks" refuses, "no he is out" informs


class Stance(StrEnum):
    FOR = "for"
    AGAINST = "against"
    BOTH = "both"
    NEITHER = "neither"  # hedging


class Asked(StrEnum):
    """What the agent said last before the person spoke: context of an answer, never evidence."""

    PROPOSAL = "proposal"
    QUESTION = "question"  # about anything else
    SMALL_TALK = "small_talk"
    ASIDE = "aside"  # another call, or something to read: to agree to that is not to agree to the goal
    STATEMENT = "statement"


@dataclass(slots=True)
class Said:
    """What one turn of the person tells."""

    turn: int
    asked: Asked
    cues: dict[Cue, Quote] = field(default_factory=dict)
    supports: list[Quote] = field(default_factory=list)
    opposes: list[Quote] = field(default_factory=list)
    is_firm: bool = False  # said in words of its own, not by a bare yes or no
    is_conditional: bool = False
    is_doubtful: bool = False  # something else in the turn is negated, as in "fine, but I won't buy"

    @property
    def stance(self) -> Stance | None:
        """Return where this turn stands, None where it says nothing of the goal."""
        if self.supports and self.opposes:
            return Stance.BOTH
        if self.opposes and (self.is_firm or Cue.HEDGE not in self.cues):
            return Stance.AGAINST
        if Cue.HEDGE in self.cues or (self.supports and self.is_doubtful):
            return Stance.NEITHER
        return Stance.FOR if self.supports else None


def stances_of(turns: Sequence[Turn], lexicon: Lexicon) -> list[Said]:
    """Return what every turn of the person tells, oldest first."""
    said: list[Said] = []
    asked = Asked.STATEMENT
    for index, turn in enumerate(turns):
        if turn.speaker is Speaker.AGENT:
            asked = asked_in(turn.text, lexicon)
        else:
            took_sides = any(one.stance for one in said)
            said.append(_read(index, turn.text, Asked.SMALL_TALK if _is_aside(asked, took_sides) else asked, lexicon))
    return said


def _is_aside(asked: Asked, took_sides: bool) -> bool:
    """Say whether "no" is no answer to what matters, as in "anything else?" after an agreement."""
    return asked is Asked.QUESTION and took_sides


def asked_in(text: str, lexicon: Lexicon) -> Asked:
    """Tell what an agent's turn asks: its last question decides, an offer of a moment counts as one."""
    clauses = clauses_of(text)
    questions = [clause.plain for clause in clauses if clause.is_question]
    if not questions:
        offered = any(lexicon.offer.search(clause.plain) for clause in clauses)
        return Asked.PROPOSAL if offered else Asked.STATEMENT
    last = questions[-1]
    if lexicon.aside.search(last):
        return Asked.ASIDE
    if lexicon.small_talk.search(last):
        return Asked.SMALL_TALK
    if lexicon.proposal.search(" ".join(questions)) or lexicon.moment.search(last):
        return Asked.PROPOSAL
    return Asked.QUESTION


def _read(index: int, text: str, asked: Asked, lexicon: Lexicon) -> Said:
    said = Said(index, asked)
    clauses = clauses_of(text)
    for clause in clauses:
        quote = Quote(turn=index, text=clause.text)
        for cue, pattern in lexicon.cues.items():
            if pattern.search(clause.plain):
                said.cues.setdefault(cue, quote)
        said.is_doubtful |= bool(said.supports) and _CONTRAST.match(clause.plain) is not None
        _weigh(said, clause, quote, lexicon)
    _weigh_moment(said, clauses, lexicon)
    is_settled = said.is_firm or said.opposes or any(lexicon.emphatic.search(clause.plain) for clause in clauses)
    if not is_settled and not all(_is_plain_answer(clause, lexicon) for clause in clauses):
        said.supports.clear()  # "okay, I'll get my wife": a yes to nothing but the floor
    said.is_conditional = Cue.CONDITION in said.cues
    return said


def _weigh(said: Said, clause: Clause, quote: Quote, lexicon: Lexicon) -> None:
    if clause.is_question:
        return  # whoever asks has not answered
    plain = clause.plain
    said.is_doubtful |= _holds_negation(plain, lexicon)
    said.is_doubtful |= bool(said.supports) and lexicon.reversal.search(plain) is not None
    if lexicon.cues[Cue.REFUSAL].search(plain):
        said.opposes.append(quote)
        said.is_firm = True
        return
    if said.asked is Asked.ASIDE:
        return
    committed = lexicon.cues[Cue.COMMITMENT].search(plain)
    if committed:
        if _is_negated(plain, committed.start(), lexicon):
            said.opposes.append(quote)
        else:
            said.supports.append(quote)
            said.is_doubtful = _holds_negation(plain[committed.end() :], lexicon)  # later words outweigh earlier ones
        said.is_firm = True
        return
    if said.asked not in (Asked.PROPOSAL, Asked.QUESTION):
        return
    if said.asked is Asked.PROPOSAL and _opens(lexicon.yes.match(plain), plain, _LONGEST_YES):
        said.supports.append(quote)
    elif _opens(lexicon.no.match(plain), plain, _LONGEST_NO):
        said.opposes.append(quote)


def _weigh_moment(said: Said, clauses: Sequence[Clause], lexicon: Lexicon) -> None:
    """Count a moment that the person approves, as in "Tuesday's fine", though nothing else was said."""
    if said.asked not in (Asked.PROPOSAL, Asked.STATEMENT):
        return
    for clause in clauses:
        if clause.is_question or said.supports or said.opposes:
            continue
        plain = _GREETING.sub("", clause.plain)
        fine = lexicon.fine.search(plain)
        if fine and lexicon.moment.search(plain) and not _is_negated(plain, fine.start(), lexicon):
            said.supports.append(Quote(turn=said.turn, text=clause.text))
            said.is_firm = True


def _is_plain_answer(clause: Clause, lexicon: Lexicon) -> bool:
    """Say whether a clause holds nothing but an answer, so that its yes is not said in passing."""
    if _GREETING.fullmatch(clause.plain):
        return True
    left = clause.plain
    for known in (lexicon.yes, lexicon.no, lexicon.fine, lexicon.moment, lexicon.cues[Cue.THANKS], lexicon.harmless):
        left = known.sub("", left)
    return len(left.split()) <= _MOST_LEFT


def _opens(answer: object, plain: str, longest: int) -> bool:
    return answer is not None and len(plain.split()) <= longest


def _holds_negation(plain: str, lexicon: Lexicon) -> bool:
    return lexicon.negation.search(lexicon.harmless.sub("", plain)) is not None


def _is_negated(plain: str, start: int, lexicon: Lexicon) -> bool:
    before = plain[:start].split()[-_NEGATES_WITHIN:]
    return lexicon.negation.search(" ".join(before)) is not None
