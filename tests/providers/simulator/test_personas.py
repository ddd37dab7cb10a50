from __future__ import annotations

import pytest

from providers.simulator.personas import (
    INTERESTED,
    PERSONAS,
    UNANSWERED,
    Persona,
    Scene,
    language_of,
    persona_of,
)

NUMBERS = [f"+34600{index:06d}" for index in range(2000)]
ATTEMPTS = 3
PINNED = ["busy_then_declines", "declines", "books", "books"]
ENOUGH = INTERESTED | {Scene.DECLINES, Scene.OPTS_OUT, Scene.HOSTILE, Scene.CONTRADICTS, Scene.WRONG_PERSON}


def campaign(persona: Persona) -> list[Scene]:
    """Call somebody up to three times, as long as nothing is settled."""
    scenes: list[Scene] = []
    while len(scenes) < ATTEMPTS and not (scenes and scenes[-1] in ENOUGH):
        scenes.append(persona.scene(len(scenes) + 1))
    return scenes


def test_the_same_number_is_the_same_person_in_every_run() -> None:
    first = [persona_of(number, seed=7).name for number in NUMBERS]
    assert first == [persona_of(number, seed=7).name for number in NUMBERS]


def test_a_known_number_keeps_its_persona_between_releases() -> None:
    assert [persona_of(f"+3460000000{n}", seed=1).name for n in range(4)] == PINNED


def test_another_seed_is_another_population() -> None:
    assert [persona_of(n, seed=1).name for n in NUMBERS] != [persona_of(n, seed=2).name for n in NUMBERS]


def test_three_people_in_ten_end_up_interested() -> None:
    interested = sum(campaign(persona_of(number, seed=1))[-1] in INTERESTED for number in NUMBERS)
    assert 0.25 <= interested / len(NUMBERS) <= 0.35


def test_six_calls_in_ten_are_answered_by_a_person() -> None:
    calls = [scene for number in NUMBERS for scene in campaign(persona_of(number, seed=1))]
    answered = sum(scene not in UNANSWERED | {Scene.VOICEMAIL} for scene in calls)
    assert 0.55 <= answered / len(calls) <= 0.65


def test_every_kind_of_person_is_met() -> None:
    assert {persona_of(number, seed=1).name for number in NUMBERS} == set(PERSONAS)


def test_a_forced_number_is_who_the_test_wants() -> None:
    assert persona_of("+34600000001", seed=1, forced={"+34600000001": "hostile"}).name == "hostile"


def test_a_person_may_change_from_call_to_call_and_then_stays() -> None:
    late = PERSONAS["late_then_agrees"]
    assert [late.scene(n) for n in (1, 2, 3, 4)] == [Scene.NO_ANSWER, Scene.NO_ANSWER, Scene.AGREES, Scene.AGREES]


@pytest.mark.parametrize(
    ("number", "wanted", "language"),
    [
        ("+34600000001", "", "es"),
        ("+525512345678", "", "es"),
        ("+59899123456", "", "es"),
        ("+390612345678", "", "it"),
        ("+14155550123", "", "en"),
        ("+34600000001", "it", "it"),
        ("+14155550123", "es-MX", "es"),
        ("+34600000001", "fr", "en"),
    ],
)
def test_the_wanted_language_comes_before_that_of_the_country(number: str, wanted: str, language: str) -> None:
    assert language_of(number, wanted) == language
