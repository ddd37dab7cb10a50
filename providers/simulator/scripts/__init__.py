"""Turn a scene into a believable conversation in English, Spanish or Italian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from providers.simulator.personas import UNANSWERED, Reply, Scene
from providers.simulator.scripts import en, es, it
from providers.simulator.scripts.form import Script

SCRIPTS: Mapping[str, Script] = {"en": en.SCRIPT, "es": es.SCRIPT, "it": it.SCRIPT}

_SHORT = frozenset({Scene.OPTS_OUT, Scene.HOSTILE, Scene.WRONG_PERSON})  # people who do not stay to ask questions
_HOURS = (time(10), time(11, 30), time(12), time(16), time(17, 30), time(18), time(19))
_SECONDS_PER_WORD = 0.38
_SILENCE_SECONDS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said: `role` is ``agent`` or ``user``, `at_seconds` counts from the answer."""

    role: str
    text: str
    at_seconds: int


@dataclass(frozen=True, slots=True)
class Performance:
    """A conversation as it was played. `when` is the moment agreed on, in the person's local time."""

    lines: tuple[Line, ...]
    duration_seconds: int
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Play:
    """All that decides a conversation: the same play is performed the same way every time."""

    scene: Scene
    language: str
    seed: str
    today: date
    variables: Mapping[str, Any]
    first_message: str = ""


def perform(play: Play) -> Performance:
    """Return the conversation of a play; an unanswered call has no lines."""
    if play.scene in UNANSWERED:
        return Performance((), 0, None)
    dice, script = Random(play.seed), SCRIPTS[play.language]
    when = _moment(dice, play.today)
    words = _words(script, play.variables, _spoken(script, when, play.today))
    texts = [(role, line.format_map(words)) for role, line in _plot(dice, script, play.scene)]
    if play.first_message:
        texts[_opening_index(texts)] = ("agent", play.first_message)
    pause = _SILENCE_SECONDS if play.scene is Scene.SILENT else 2
    lines, duration = _timed(dice, texts, pause)
    return Performance(lines, duration, when if play.scene in (Scene.BOOKS, Scene.CALLBACK) else None)


def reply_text(reply: Reply, *, language: str, seed: str) -> str:
    """Return the words of a written reply. Raises KeyError for `Reply.NOTHING`."""
    return Random(seed).choice(SCRIPTS[language].replies[reply])


def _plot(dice: Random, script: Script, scene: Scene) -> list[tuple[str, str]]:
    opening = ("agent", dice.choice(script.openings))
    if scene is Scene.VOICEMAIL:
        return [("user", dice.choice(script.machine_greetings)), ("agent", dice.choice(script.machine_messages))]
    if scene is Scene.SILENT:
        return [opening, *_silence(dice, script)]
    questions = [] if scene in _SHORT else dice.sample(script.exchanges, dice.randint(1, 4))
    ending = dice.choice(script.endings[scene])
    plot = [opening, ("user", dice.choice(script.hellos)), ("agent", dice.choice(script.pitches))]
    for question, answer in questions:
        plot += [("user", _hesitant(dice, script, question)), ("agent", answer)]
    first, *rest = ending
    plot.append(("user", _hesitant(dice, script, first)))
    return plot + [(("agent", "user")[index % 2], line) for index, line in enumerate(rest)]


def _silence(dice: Random, script: Script) -> list[tuple[str, str]]:
    noise = [("user", "...")] if dice.random() < 0.5 else []
    return [*noise, ("agent", dice.choice(script.silence_prompts)), ("agent", script.silence_goodbyes[0])]


def _hesitant(dice: Random, script: Script, line: str) -> str:
    return dice.choice(script.fillers) + line if dice.random() < 0.3 else line


def _opening_index(texts: Sequence[tuple[str, str]]) -> int:
    return next(index for index, (role, _) in enumerate(texts) if role == "agent")


def _moment(dice: Random, today: date) -> datetime:
    return datetime.combine(today + timedelta(days=dice.randint(1, 2)), dice.choice(_HOURS))


def _spoken(script: Script, when: datetime, today: date) -> str:
    day = script.days[(when.date() - today).days - 1]
    if not script.clock_12h:
        return script.when.format(day=day, hour=f"{when:%H:%M}")
    half = "am" if when.hour < 12 else "pm"
    return script.when.format(day=day, hour=f"{when.hour % 12 or 12}:{when:%M} {half}")


def _words(script: Script, variables: Mapping[str, Any], when: str) -> dict[str, str]:
    def given(key: str, default: str) -> str:
        return str(variables.get(key) or default).strip().rstrip(".")

    return {
        "name": given("customer_name", script.default_name),
        "organization": given("organization_name", script.default_organization),
        "goal": given("campaign_goal", script.default_goal),
        "when": when,
        "When": when[0].upper() + when[1:],
    }


def _timed(dice: Random, texts: Sequence[tuple[str, str]], pause: int) -> tuple[tuple[Line, ...], int]:
    clock, lines = 0.0, []
    for role, text in texts:
        lines.append(Line(role, text, int(clock)))
        clock += 1 + len(text.split()) * _SECONDS_PER_WORD + dice.uniform(0, pause)
    return tuple(lines), int(clock) + pause
