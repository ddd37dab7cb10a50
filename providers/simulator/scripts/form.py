"""Shape of one language's lines. Placeholders: {name}, {organization}, {goal}, {when} and {When} (capitalized)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from providers.simulator.personas import Reply, Scene


@dataclass(frozen=True, slots=True)
class Script:
    """Everything the agent and the people say in one language.

    `exchanges` are pairs of the person's question and the agent's answer that decide nothing. An ending starts with
    the person and alternates. `hours` are local times ``HH:MM``; `clock_12h` tells how people say them.
    """

    default_name: str
    default_organization: str
    default_goal: str
    openings: tuple[str, ...]
    hellos: tuple[str, ...]
    pitches: tuple[str, ...]
    exchanges: tuple[tuple[str, str], ...]
    endings: Mapping[Scene, tuple[tuple[str, ...], ...]]
    fillers: tuple[str, ...]
    machine_greetings: tuple[str, ...]
    machine_messages: tuple[str, ...]
    silence_prompts: tuple[str, ...]
    silence_goodbyes: tuple[str, ...]
    days: tuple[str, ...]  # tomorrow, the day after
    when: str  # joins {day} and {hour}
    clock_12h: bool
    replies: Mapping[Reply, tuple[str, ...]]
