"""Hold an analysis to its evidence: a claim whose quotes the person never said is taken back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from providers.analysis.contract import Analysis, Finding, Label, Quote, Verdict
from providers.base import Speaker, Turn

_NO_EVIDENCE = "Taken back, because it rests on no words of the person."
_FALSE_EVIDENCE = "Taken back, because the person did not say what is quoted in turn {}."


def checked(analysis: Analysis, turns: Sequence[Turn]) -> Analysis:
    """Return `analysis` without the claims that its quotes do not carry.

    A verdict, label or score without sound quotes becomes unclear, unknown and 0. So do the findings become false,
    except an opt-out: to spare somebody who may have asked for it is the harmless mistake. A callback keeps its time
    only where that is a local time.
    """
    fault = _fault(analysis.quotes, turns)
    claims = analysis.verdict is not Verdict.UNCLEAR or analysis.label is not Label.UNKNOWN or analysis.score > 0
    if claims and fault:
        analysis = analysis.model_copy(
            update={
                "verdict": Verdict.UNCLEAR,
                "label": Label.UNKNOWN,
                "score": 0.0,
                "quotes": [],
                "rationale": f"{fault} {analysis.rationale}",
            }
        )
    callback = _sound(analysis.callback, turns)
    return analysis.model_copy(
        update={
            "callback": callback,
            "callback_at": _local_time(analysis.callback_at) if callback.value else None,
            "follow_up": _sound(analysis.follow_up, turns),
            "escalation": _sound(analysis.escalation, turns),
        }
    )


def _sound(finding: Finding, turns: Sequence[Turn]) -> Finding:
    fault = _fault(finding.quotes, turns) if finding.value else None
    return Finding(value=False, rationale=f"{fault} {finding.rationale}", quotes=[]) if fault else finding


def _fault(quotes: Sequence[Quote], turns: Sequence[Turn]) -> str | None:
    if not quotes:
        return _NO_EVIDENCE
    invented = unsound_quotes(quotes, turns)
    return _FALSE_EVIDENCE.format(invented[0].turn) if invented else None


def unsound_quotes(quotes: Sequence[Quote], turns: Sequence[Turn]) -> list[Quote]:
    """Return the quotes that are not words of the person in the turn they name."""
    return [quote for quote in quotes if not _was_said(quote, turns)]


def _was_said(quote: Quote, turns: Sequence[Turn]) -> bool:
    if not 0 <= quote.turn < len(turns) or turns[quote.turn].speaker is not Speaker.PERSON:
        return False
    words, said = _plain(quote.text), _plain(turns[quote.turn].text)
    starts = [match.start() for match in re.finditer(f"(?={re.escape(words)})", said)] if words else []
    return any(not (_cuts_word(said, start) or _cuts_word(said, start + len(words))) for start in starts)


def _cuts_word(text: str, place: int) -> bool:
    """Tell whether `place` lies inside a word, as in "k|no|w". Scripts without case may have no spaces either."""
    around = text[place - 1 : place + 1] if place else ""
    return len(around) == 2 and all(mark.isdigit() or mark.lower() != mark.upper() for mark in around)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _local_time(text: str | None) -> str | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.isoformat(timespec="seconds") if moment.tzinfo is None else None
