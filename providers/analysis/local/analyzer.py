"""Read conversations without any network, by the words of three languages: unclear where they do not settle it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import product

from providers.analysis.contract import Analysis, AnalysisRequest, AnalyzerIdentity, Finding, Label, Quote, Verdict
from providers.analysis.local.english import ENGLISH
from providers.analysis.local.italian import ITALIAN
from providers.analysis.local.lexicon import Cue, Lexicon
from providers.analysis.local.reading import NOTHING, Reading, decide, quotes_of
from providers.analysis.local.spanish import SPANISH
from providers.analysis.local.stances import Said, stances_of
from providers.analysis.local.times import stated_moment
from providers.analysis.local.wording import plain_words
from providers.base import Speaker, Turn

VERSION = "2"  # changes with every change of the lexicon or the rules
_LEXICONS = {lexicon.language: lexicon for lexicon in (ENGLISH, SPANISH, ITALIAN)}
_TRUST_IN_HINT = 2  # common words of another language that outweigh it
_TURNS_NAMING_A_TIME = 3  # the request itself and what the person adds when asked

_NEXT_ACTION = {
    Verdict.MET: "Confirm what was agreed in writing.",
    Verdict.NOT_MET: "Close the case.",
    Verdict.UNCLEAR: "Read the conversation before anything is promised.",
}


class LocalAnalyzer:
    """Judge by words alone. Deterministic, thread-safe, and never wrong about what it quotes: it copies."""

    identity = AnalyzerIdentity(name="local", version=VERSION)

    def analyze(self, request: AnalysisRequest) -> Analysis:
        """Return the reading; unclear where the language is none of English, Spanish and Italian."""
        lexicon = lexicon_for(request.turns, request.language)
        if lexicon is None:
            return _analysis(NOTHING, [], None)
        said = stances_of(request.turns, lexicon)
        moment = _promised(request, said, lexicon)
        return _analysis(decide(said), said, moment)


def lexicon_for(turns: Sequence[Turn], hint: str) -> Lexicon | None:
    """Return the lexicon of the language spoken, by its commonest words; `hint` settles what they leave open."""
    heard = set(re.split(r"\s+", " ".join(plain_words(turn.text) for turn in turns)))
    counts = {name: len(heard & lexicon.function_words) for name, lexicon in _LEXICONS.items()}
    hinted = hint[:2].casefold()
    best = max(counts, key=lambda name: counts[name] + (_TRUST_IN_HINT if name == hinted else 0))
    if counts[best] == 0:
        return _LEXICONS.get(hinted)
    foreign = hinted and hinted not in _LEXICONS and counts[best] < len(heard) // 8
    return None if foreign else _LEXICONS[best]


def _promised(request: AnalysisRequest, said: Sequence[Said], lexicon: Lexicon) -> datetime | None:
    first = next((one.turn for one in said if Cue.CALLBACK in one.cues), None)
    if first is None or request.called_at is None:
        return None
    theirs = [turn.text for turn in request.turns[first:] if turn.speaker is Speaker.PERSON][:_TURNS_NAMING_A_TIME]
    for with_hour, end in product((True, False), range(1, len(theirs) + 1)):
        words, at = " ".join(theirs[:end]), request.called_at
        if moment := stated_moment(words, language=lexicon.language, called_at=at, with_hour=with_hour):
            return moment
    return None


def _analysis(reading: Reading, said: Sequence[Said], moment: datetime | None) -> Analysis:
    sentiment, why = _sentiment(said)
    callback = _finding(said, "The person asked to be called at another time.", Cue.CALLBACK)
    return Analysis(
        verdict=reading.verdict,
        label=reading.label if reading.quotes else Label.UNKNOWN,
        score=reading.score if reading.quotes else 0.0,
        rationale=reading.why,
        quotes=list(reading.quotes),
        sentiment=sentiment,
        sentiment_rationale=why,
        summary=_summary(reading),
        summary_title=reading.why.rstrip("."),
        callback=callback,
        callback_at=moment.isoformat(timespec="seconds") if moment else None,
        follow_up=_finding(said, "The person asked for something to be sent.", Cue.MATERIAL),
        escalation=_finding(said, "The person was upset or complained.", Cue.HOSTILE),
        opt_out=_finding(said, "The person asked for no more contact.", Cue.OPT_OUT),
        next_best_action=_next_action(reading, said, moment),
    )


def _finding(said: Sequence[Said], rationale: str, cue: Cue) -> Finding:
    quotes: list[Quote] = list(quotes_of(said, cue))
    return Finding(
        value=bool(quotes), rationale=rationale if quotes else "Nothing of the sort was said.", quotes=quotes
    )


def _sentiment(said: Sequence[Said]) -> tuple[Label, str]:
    if quotes_of(said, Cue.HOSTILE, Cue.OPT_OUT, Cue.SARCASM):
        return Label.NEGATIVE, "The person complained, mocked or wanted to be left alone."
    if any(one.supports for one in said) and not any(one.opposes for one in said):
        return Label.POSITIVE, "The person spoke in favour."
    if said and any(one.cues or one.opposes for one in said):
        return Label.NEUTRAL, "The person was neither warm nor upset."
    return Label.UNKNOWN, "Too little was said to tell."


def _summary(reading: Reading) -> str:
    words = "; ".join(f"\u201c{quote.text}\u201d" for quote in reading.quotes)
    return f"{reading.why} {words}".strip()


def _next_action(reading: Reading, said: Sequence[Said], moment: datetime | None) -> str:
    if quotes_of(said, Cue.OPT_OUT):
        return "Contact them no more."
    if quotes_of(said, Cue.HOSTILE):
        return "Have a person look at the conversation."
    if quotes_of(said, Cue.WRONG_PERSON):
        return "Correct the number."
    if reading.verdict is Verdict.UNCLEAR and quotes_of(said, Cue.CALLBACK):
        return f"Call again at {moment:%Y-%m-%d %H:%M}, their time." if moment else "Call again at another time."
    return _NEXT_ACTION[reading.verdict]
