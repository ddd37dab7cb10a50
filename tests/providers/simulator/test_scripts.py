from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import product

import pytest

from providers.simulator.personas import INTERESTED, UNANSWERED, Reply, Scene
from providers.simulator.reading import Cue, Said, read, stated_time
from providers.simulator.scripts import SCRIPTS, Performance, Play, perform, reply_text

TODAY = date(2026, 9, 28)
LANGUAGES = sorted(SCRIPTS)
SPOKEN = sorted(set(Scene) - UNANSWERED)
ENGAGED = INTERESTED | {Scene.DECLINES, Scene.CALLBACK, Scene.UNDECIDED, Scene.CONTRADICTS}
VARIABLES = {"customer_name": "Ana Ruiz", "campaign_goal": "Agendar una demo.", "organization_name": "Acme"}
DECISIONS = {
    Scene.BOOKS: Cue.ACCEPTANCE,
    Scene.AGREES: Cue.ACCEPTANCE,
    Scene.DECLINES: Cue.REFUSAL,
    Scene.CONTRADICTS: Cue.REFUSAL,
    Scene.OPTS_OUT: Cue.OPT_OUT,
    Scene.HOSTILE: Cue.HOSTILE,
    Scene.WRONG_PERSON: Cue.WRONG_PERSON,
}


def crossed(scenes: Iterable[Scene]) -> list[tuple[Scene, str]]:
    return list(product(sorted(scenes), LANGUAGES))


def plays(scene: Scene, language: str, count: int = 60) -> list[Play]:
    return [Play(scene, language, f"seed:{index}", TODAY, VARIABLES) for index in range(count)]


def performances(scene: Scene, language: str) -> list[Performance]:
    return [perform(play) for play in plays(scene, language)]


def spoken_by_person(performance: Performance) -> list[Said]:
    return [Said(turn, line.text) for turn, line in enumerate(performance.lines) if line.role == "user"]


@pytest.mark.parametrize(("scene", "language"), crossed(SPOKEN))
def test_a_transcript_is_well_formed(scene: Scene, language: str) -> None:
    for performance in performances(scene, language):
        times = [line.at_seconds for line in performance.lines]
        assert times == sorted(times)
        assert times[0] == 0
        assert performance.duration_seconds > times[-1]
        assert all(line.text.strip() and "{" not in line.text for line in performance.lines)
        assert {line.role for line in performance.lines} <= {"agent", "user"}


@pytest.mark.parametrize(("scene", "language"), crossed(ENGAGED))
def test_an_engaged_call_has_six_to_sixteen_alternating_turns(scene: Scene, language: str) -> None:
    lengths = set()
    for performance in performances(scene, language):
        roles = [line.role for line in performance.lines]
        assert roles == ["agent", "user"] * (len(roles) // 2) + ["agent"] * (len(roles) % 2)
        lengths.add(len(roles))
    assert min(lengths) >= 6
    assert max(lengths) <= 16
    assert len(lengths) >= 4


@pytest.mark.parametrize(("scene", "language"), crossed(DECISIONS))
def test_a_reader_who_knows_only_the_words_finds_the_decision(scene: Scene, language: str) -> None:
    for performance in performances(scene, language):
        assert read(spoken_by_person(performance)).decision is DECISIONS[scene], performance.lines


@pytest.mark.parametrize(
    ("scene", "language"),
    crossed([Scene.CALLBACK, Scene.UNDECIDED, Scene.SILENT, Scene.VOICEMAIL]),
)
def test_a_reader_finds_no_decision_where_there_is_none(scene: Scene, language: str) -> None:
    for performance in performances(scene, language):
        reading = read(spoken_by_person(performance))
        assert reading.decision is None, performance.lines
        assert (Cue.CALLBACK in reading.found) is (scene is Scene.CALLBACK), performance.lines
        assert (Cue.UNDECIDED in reading.found) is (scene is Scene.UNDECIDED), performance.lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_people_who_object_are_read_as_opting_out(language: str) -> None:
    for scene in set(SPOKEN) - {Scene.OPTS_OUT}:
        for performance in performances(scene, language):
            assert Cue.OPT_OUT not in read(spoken_by_person(performance)).found, performance.lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_stated_time_of_a_callback_can_be_read_from_the_words(language: str) -> None:
    for performance in performances(Scene.CALLBACK, language):
        asked = read(spoken_by_person(performance)).found[Cue.CALLBACK]
        assert stated_time(asked[0].text, today=TODAY) == performance.when


def test_the_same_play_is_performed_the_same_way() -> None:
    play = plays(Scene.BOOKS, "it", 1)[0]
    assert perform(play) == perform(replace(play))


@pytest.mark.parametrize(("scene", "language"), crossed(ENGAGED))
def test_people_do_not_all_say_the_same(scene: Scene, language: str) -> None:
    said = {tuple(line.text for line in performance.lines) for performance in performances(scene, language)}
    assert len(said) > 50


def test_the_agents_first_line_is_the_one_asked_for() -> None:
    play = replace(plays(Scene.AGREES, "es", 1)[0], first_message="¿Hola, Ana?")
    assert perform(play).lines[0].text == "¿Hola, Ana?"
    machine = replace(plays(Scene.VOICEMAIL, "es", 1)[0], first_message="¿Hola, Ana?")
    assert [line.text for line in perform(machine).lines if line.role == "agent"] == ["¿Hola, Ana?"]


def test_the_variables_are_spoken() -> None:
    said = " ".join(line.text for performance in performances(Scene.BOOKS, "es") for line in performance.lines)
    assert all(word in said for word in ("Ana Ruiz", "Agendar una demo", "Acme"))
    assert "demo.." not in said


def test_braces_in_a_goal_do_no_harm() -> None:
    odd = replace(plays(Scene.BOOKS, "en", 1)[0], variables={"campaign_goal": "{0} {boom} {}"})
    assert "{boom}" in " ".join(line.text for line in perform(odd).lines)


def test_somebody_silent_says_nothing_or_next_to_it() -> None:
    words = {said.text for performance in performances(Scene.SILENT, "en") for said in spoken_by_person(performance)}
    assert words == {"..."}


def test_nobody_speaks_in_a_call_that_is_not_answered() -> None:
    for scene in UNANSWERED:
        assert perform(plays(scene, "en", 1)[0]) == Performance((), 0, None)


def test_a_time_is_agreed_on_only_where_one_was_named() -> None:
    assert isinstance(performances(Scene.BOOKS, "en")[0].when, datetime)
    assert performances(Scene.DECLINES, "en")[0].when is None


@pytest.mark.parametrize(("reply", "language"), list(product([Reply.INTERESTED, Reply.STOP], LANGUAGES)))
def test_a_written_reply_can_be_understood(reply: Reply, language: str) -> None:
    wanted = Cue.ACCEPTANCE if reply is Reply.INTERESTED else Cue.OPT_OUT
    for index in range(30):
        text = reply_text(reply, language=language, seed=str(index))
        assert read([Said(0, text)]).decision is wanted, text
