"""Work out the local moment a person names in words: "tomorrow at five", "el lunes por la mañana", "giovedì alle tre".

What is left open is filled in as people mean it: one to seven o'clock without more is in the afternoon; a weekday is
the next one after today; a part of the day alone stands for ten, four or seven o'clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from providers.analysis.local.wording import plain_words

_NOON = 12
_LAST_HOUR_MEANT_AFTERNOON = 7
_MORNING, _AFTERNOON, _EVENING = 10, 16, 19
_FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class _Words:
    """How one language tells time. Every pattern meets `plain_words`."""

    numbers: Mapping[str, int]
    weekdays: tuple[str, ...]  # Monday first; prefixes of plain words
    after_tomorrow: str
    tomorrow: str
    today: str
    morning: str
    afternoon: str
    evening: str
    noon: str
    span: str  # groups: number, unit
    half_hour_span: str
    units: Mapping[str, timedelta]  # by prefix
    hour: tuple[str, ...]  # named groups: hour, and perhaps minute, half, quarter, to
    day_of_month: str  # group: day


_MINUTE, _HOUR, _DAY, _WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def _numbers(names: str, **more: int) -> dict[str, int]:
    return {name: value for value, name in enumerate(names.split(), 1)} | more


def _any(numbers: Mapping[str, int]) -> str:
    return "|".join([*sorted(numbers, key=len, reverse=True), r"\d{1,2}"])


_EN = _numbers(
    "one two three four five six seven eight nine ten eleven twelve",
    fifteen=15,
    twenty=20,
    thirty=30,
    forty=40,
    a=1,
    an=1,
)
_ES = _numbers(
    "una dos tres cuatro cinco seis siete ocho nueve diez once doce",
    un=1,
    quince=15,
    veinte=20,
    treinta=30,
    cuarenta=40,
)
_IT = _numbers(
    "una due tre quattro cinque sei sette otto nove dieci undici dodici",
    un=1,
    uno=1,
    quindici=15,
    venti=20,
    trenta=30,
    quaranta=40,
)

_LANGUAGES: Mapping[str, _Words] = {
    "en": _Words(
        numbers=_EN,
        weekdays=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        after_tomorrow=r"day after tomorrow",
        tomorrow=r"tomorrow",
        today=r"today|tonight|this (?:morning|afternoon|evening)|later on",
        morning=r"morning|\bam\b",
        afternoon=r"afternoon|after lunch",
        evening=r"evening|tonight|at night",
        noon=r"noon|midday",
        span=rf"\bin (?:about )?({_any(_EN)}) (?:of )?(minute|hour|day|week)",
        half_hour_span=r"in (?:about )?half an hour",
        units={"minute": _MINUTE, "hour": _HOUR, "day": _DAY, "week": _WEEK},
        hour=(
            r"(?P<hour>\d{1,2}):(?P<minute>\d\d) ?(?P<half_day>am|pm)?",
            rf"(?P<half>half) past (?P<hour>{_any(_EN)})",
            rf"quarter (?P<to>to|past) (?P<hour>{_any(_EN)})",
            rf"\b(?P<hour>{_any(_EN)}) (?P<minute>fifteen|thirty|forty five) ?(?P<half_day>am|pm)?",
            rf"\b(?P<hour>{_any(_EN)}) ?(?:o clock ?)?(?P<half_day>am|pm)\b",
            rf"(?:at|around|about|after|by) (?:about )?(?P<hour>{_any(_EN)})\b(?! (?:minute|hour|day|week|good))",
            rf"\b(?P<hour>{_any(_EN)}) o ?clock",
        ),
        day_of_month=r"\bthe (\d{1,2})(?:st|nd|rd|th)",
    ),
    "es": _Words(
        numbers=_ES,
        weekdays=("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"),
        after_tomorrow=r"pasado manana",
        tomorrow=r"(?<!la )(?<!pasado )(?<!esta )\bmanana",
        today=r"\bhoy\b|esta (?:manana|tarde|noche)",
        morning=r"(?:por|de|en) la manana|esta manana|a primera hora",
        afternoon=r"(?:por|de|en) la tarde|esta tarde|despues de comer",
        evening=r"(?:por|de|en) la noche|esta noche",
        noon=r"mediodia|medio dia",
        span=rf"(?:dentro de|en|de aqui a) (?:unos |unas )?({_any(_ES)}) (minuto|hora|dia|semana)",
        half_hour_span=r"(?:dentro de|en) media hora",
        units={"minuto": _MINUTE, "hora": _HOUR, "dia": _DAY, "semana": _WEEK},
        hour=(
            r"(?P<hour>\d{1,2}):(?P<minute>\d\d)",
            rf"las? (?P<hour>{_any(_ES)}) y (?P<half>media)",
            rf"las? (?P<hour>{_any(_ES)}) (?P<to>y|menos) cuarto",
            rf"las? (?P<hour>{_any(_ES)}) y (?P<minute>cinco|diez|veinte)",
            rf"(?:a|sobre|hacia|de) las? (?P<hour>{_any(_ES)})\b",
            rf"\blas (?P<hour>{_any(_ES)})\b",
        ),
        day_of_month=r"\bel (?:dia )?(\d{1,2})\b",
    ),
    "it": _Words(
        numbers=_IT,
        weekdays=("lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica"),
        after_tomorrow=r"dopodomani|dopo domani",
        tomorrow=r"\bdomani|domattina",
        today=r"\boggi\b|stasera|stamattina|questo pomeriggio",
        morning=r"mattina|mattino|domattina|stamattina",
        afternoon=r"pomeriggio|dopo pranzo",
        evening=r"\bsera\b|stasera",
        noon=r"mezzogiorno",
        span=rf"\b(?:tra|fra) ({_any(_IT)}) (minut|or|giorn|settiman)",
        half_hour_span=r"\b(?:tra|fra) mezz ?ora",
        units={"minut": _MINUTE, "or": _HOUR, "giorn": _DAY, "settiman": _WEEK},
        hour=(
            r"(?P<hour>\d{1,2}):(?P<minute>\d\d)",
            rf"(?:alle|le|all) (?P<hour>{_any(_IT)}) e (?P<half>mezz[ao])",
            rf"(?:alle|le|all) (?P<hour>{_any(_IT)}) (?P<to>e|meno) un quarto",
            rf"(?:alle|le|all) (?P<hour>{_any(_IT)}) e (?P<minute>cinque|dieci|venti)",
            rf"(?:alle|le|all|verso le|dopo le) (?P<hour>{_any(_IT)})\b",
        ),
        day_of_month=r"\bil (?:giorno )?(\d{1,2})\b",
    ),
}


def stated_moment(text: str, *, language: str, called_at: datetime, with_hour: bool = False) -> datetime | None:
    """Return the local moment `text` names, counted from the local time of the call; None where it names none.

    `with_hour` takes only what names an hour, so that the usual one is not filled in before it was asked for.
    `language` is ``en``, ``es`` or ``it``. A moment that is past, impossible or more than a year away is none.
    """
    words, plain, now = _LANGUAGES[language], plain_words(text), called_at.replace(tzinfo=None)
    moment = _after_span(words, plain, now)
    if moment is None and not (with_hour and _hour(words, plain) is None):
        moment = _on_a_day(words, plain, now)
    if moment is None or not now < moment <= now + _FARTHEST:
        return None
    return moment.replace(second=0, microsecond=0)


def _after_span(words: _Words, plain: str, now: datetime) -> datetime | None:
    if re.search(words.half_hour_span, plain):
        return now + timedelta(minutes=30)
    found = re.search(words.span, plain)
    if not found:
        return None
    unit = next(length for prefix, length in words.units.items() if found[2].startswith(prefix))
    later = now + _number(words, found[1]) * unit
    if unit < _DAY:
        return later
    return datetime.combine(later, _hour(words, plain) or now.time())


def _on_a_day(words: _Words, plain: str, now: datetime) -> datetime | None:
    day, at = _day(words, plain, now), _hour(words, plain)
    if day is None and at is None:
        return None
    moment = datetime.combine(day or now, at or time(_usual_hour(words, plain)))
    if moment <= now and day is None:
        return moment + _DAY
    if moment <= now and moment.hour < _NOON and not re.search(words.morning, plain):
        return moment + timedelta(hours=_NOON)
    return moment


def _day(words: _Words, plain: str, now: datetime) -> date | None:
    if re.search(words.after_tomorrow, plain):
        return (now + 2 * _DAY).date()
    weekday = next((n for n, name in enumerate(words.weekdays) if re.search(rf"\b{name}", plain)), None)
    if weekday is not None:
        return (now + timedelta(days=(weekday - now.weekday() - 1) % 7 + 1)).date()
    if re.search(words.tomorrow, plain):
        return (now + _DAY).date()
    if re.search(words.today, plain):
        return now.date()
    found = re.search(words.day_of_month, plain)
    return _next_day_of_month(int(found[1]), now) if found else None


def _next_day_of_month(day: int, now: datetime) -> date | None:
    candidates = (now.date() + timedelta(days=ahead) for ahead in range(1, 63))
    return next((candidate for candidate in candidates if candidate.day == day), None)


def _hour(words: _Words, plain: str) -> time | None:
    if re.search(words.noon, plain):
        return time(_NOON)
    for pattern in words.hour:
        if found := re.search(pattern, plain):
            return _clock(words, plain, found.groupdict())
    return None


def _clock(words: _Words, plain: str, said: Mapping[str, str | None]) -> time | None:
    hour = _number(words, said["hour"] or "")
    minute = 30 if said.get("half") else _number(words, said.get("minute") or "0")
    if shift := said.get("to"):
        minute = 45 if shift in ("to", "menos", "meno") else 15
        hour -= shift in ("to", "menos", "meno")
    hour = _half_day(words, plain, hour, said.get("half_day"))
    return time(hour, minute) if 0 <= hour < 24 and 0 <= minute < 60 else None


def _half_day(words: _Words, plain: str, hour: int, half_day: str | None) -> int:
    """Return the hour of the day that an hour of the clock stands for."""
    if half_day:
        return hour % _NOON + (_NOON if half_day == "pm" else 0)
    if hour > _NOON or re.search(words.morning, plain):
        return hour
    later = re.search(words.afternoon, plain) or re.search(words.evening, plain)
    return hour + _NOON if hour < _NOON and (later or 1 <= hour <= _LAST_HOUR_MEANT_AFTERNOON) else hour


def _usual_hour(words: _Words, plain: str) -> int:
    if re.search(words.evening, plain):
        return _EVENING
    return _AFTERNOON if re.search(words.afternoon, plain) else _MORNING


def _number(words: _Words, text: str) -> int:
    if text == "forty five":
        return 45
    return words.numbers[text] if text in words.numbers else int(text)
