"""Read what a person said for a few plain cues in English, Spanish and Italian.

This stands in for a language model: good enough to tell acceptance from refusal in the simulated conversations and in
simple real ones, and free of any knowledge of which persona spoke.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class Cue(StrEnum):
    """What a line tells, the weightiest first."""

    MACHINE = "machine"
    OPT_OUT = "opt_out"
    HOSTILE = "hostile"
    WRONG_PERSON = "wrong_person"
    REFUSAL = "refusal"
    CALLBACK = "callback"
    UNDECIDED = "undecided"
    ACCEPTANCE = "acceptance"
    MATERIAL = "material"


_PATTERNS: Mapping[Cue, str] = {
    Cue.MACHINE: r"after the (?:tone|beep)|voicemail|buz[oó]n|despu[eé]s de(?:l tono| la señal)|segreteria"
    r"|dopo il (?:bip|segnale)",
    Cue.OPT_OUT: r"off your (?:\w+ )?list|(?:stop|quit) (?:calling|messaging|writing|contacting)"
    r"|(?:don't|do not|never) (?:call|contact|write|message)\b.{0,12}\b(?:again|any ?more)|remove (?:me|my number)"
    r"|unsubscribe|^stop\W*$|^baja\W*$|^cancellami\W*$|dejen de (?:llamar|escribir)|no me (?:llamen?|escriban?) m[aá]s"
    r"|b[oó]rr(?:e|en)me|qu[ií]t(?:e|en)(?:me| mi n[uú]mero)|mi tolga|smett(?:a|ete) di (?:chiamar|scriver)"
    r"|non mi (?:chiam\w+|scriv\w+) più|non scrivetemi più|cancell(?:ate|i) il mio numero",
    Cue.HOSTILE: r"kidding me|harass|report you|get lost|shut up|waste of (?:my )?time|your manager|tomando el pelo"
    r"|acoso|denunciar|v[aá]yase|c[aá]llese|perder el tiempo|su supervisor|prendendo in giro|molestie|denuncio"
    r"|al diavolo|stia zitto|perdita di tempo|suo responsabile",
    Cue.WRONG_PERSON: r"wrong (?:number|person)|equivoca(?:do)? de (?:n[uú]mero|persona)|sbagliato (?:numero|persona)",
    Cue.REFUSAL: r"not interested|no interest|don't (?:need|want)|changed my mind|forget it|rather not|it's a no\b"
    r"|not for us|no,? thank|no me interesa|no lo (?:necesito|quiero)|cambiado de opini[oó]n|olv[ií]del[oa]|mejor no\b"
    r"|prefiero que no|va a ser que no|no es para nosotros|no,? gracias|non (?:mi|ci) interessa|non ne ho bisogno"
    r"|cambiato idea|lasci (?:perdere|stare)|meglio di no|preferisco di no|è un no\b|non fa per noi|no,? grazie",
    Cue.CALLBACK: r"call (?:me )?(?:back|later|again|tomorrow|the day after)|ll[aá]m(?:ar|eme|ame) "
    r"(?:luego|m[aá]s tarde|mañana|pasado)|me puede llamar|vuelva a llamar|richiam(?:i|are|ami)",
    Cue.UNDECIDED: r"not sure|think (?:about it|it over)|(?:don't|do not) know yet|no estoy segur|pens[aá]r?lo"
    r"|no lo s[eé]\b|non sono sicur|pensarci|lasci pensare|non lo so",
    Cue.ACCEPTANCE: r"sign me up|count me in|i'm in\b|(?<!not )interested\b|sounds good|let's do it|i'd like that"
    r"|book it|works for me|tell me more|best for me|\bap[uú]nt(?:o|eme)\b|(?<!no )me interesa|me parece bien"
    r"|res[eé]rv(?:e|a)(?:lo|me)|hag[aá]moslo|cuente conmigo|(?:me )?viene bien|me gustar[ií]a|cu[eé]nt(?:e|a)me m[aá]s"
    r"|mi iscriva|(?<!non )mi interessa|\bci sto\b|facciamolo|lo prenoti|va benissimo|mi piacerebbe|buona idea"
    r"|accetto|dica di più",
    Cue.MATERIAL: r"send me|in writing|por escrito|m[aá]nd(?:ar|e)me|mandarmi|per iscritto",
}
_CUES = {cue: re.compile(pattern, re.IGNORECASE) for cue, pattern in _PATTERNS.items()}
_DECISIVE = (Cue.OPT_OUT, Cue.HOSTILE, Cue.WRONG_PERSON, Cue.REFUSAL, Cue.ACCEPTANCE)

_DAY_AFTER = re.compile(r"day after tomorrow|pasado mañana|dopodomani", re.IGNORECASE)
_TOMORROW = re.compile(r"tomorrow|mañana|domani", re.IGNORECASE)
_HOUR = re.compile(r"\b(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the person, by the index it has in the transcript."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The lines found for each cue, in the order they were said, and the cue that decided."""

    found: Mapping[Cue, Sequence[Said]]
    decision: Cue | None


def read(lines: Sequence[Said]) -> Reading:
    """Return what the lines tell. An opt-out decides for good; else the last decisive line does."""
    found: dict[Cue, list[Said]] = {}
    decision: Cue | None = None
    for line in lines:
        cues = _cues(line.text)
        for cue in cues:
            found.setdefault(cue, []).append(line)
        decisive = next((cue for cue in _DECISIVE if cue in cues), None)
        if decisive and decision is not Cue.OPT_OUT:
            decision = decisive
    return Reading(found, decision)


def stated_time(text: str, *, today: date) -> datetime | None:
    """Return the local moment a line names, as in "tomorrow at 5:30 pm", counted from `today`."""
    days = 2 if _DAY_AFTER.search(text) else 1 if _TOMORROW.search(text) else None
    hour = _HOUR.search(text)
    if days is None or not hour:
        return None
    hours = int(hour[1]) % 12 + (12 if hour[3].lower() == "pm" else 0) if hour[3] else int(hour[1])
    if hours > 23 or int(hour[2] or 0) > 59:
        return None
    return datetime.combine(today + timedelta(days=days), time(hours, int(hour[2] or 0)))


def _cues(text: str) -> list[Cue]:
    cues = [cue for cue, pattern in _CUES.items() if pattern.search(text)]
    if Cue.MACHINE in cues:
        return [Cue.MACHINE]
    negative = any(cue in cues for cue in (Cue.OPT_OUT, Cue.HOSTILE, Cue.REFUSAL, Cue.CALLBACK))
    return [cue for cue in cues if not (negative and cue is Cue.ACCEPTANCE)]
