from __future__ import annotations

from datetime import date

import pytest

from providers.simulator.reading import Cue, Said, read, stated_time


def decision(*lines: str) -> Cue | None:
    return read([Said(turn, text) for turn, text in enumerate(lines)]).decision


@pytest.mark.parametrize(
    ("lines", "cue"),
    [
        (["Yes, sign me up", "Actually, I'm not interested"], Cue.REFUSAL),
        (["I'm not interested", "Well, okay, count me in"], Cue.ACCEPTANCE),
        (["Stop calling me", "Sounds good"], Cue.OPT_OUT),
        (["Sounds good", "Take me off your list"], Cue.OPT_OUT),
        (["No me interesa"], Cue.REFUSAL),
        (["Me interesa mucho"], Cue.ACCEPTANCE),
        (["Non mi interessa"], Cue.REFUSAL),
        (["Mi interessa"], Cue.ACCEPTANCE),
        (["Wrong number"], Cue.WRONG_PERSON),
        (["Yes, speaking"], None),
        (["No, this is Ana"], None),
        (["Please leave a message after the tone. I'm not interested in cold calls."], None),
        ([], None),
    ],
)
def test_the_last_decisive_word_counts_unless_it_is_too_late(lines: list[str], cue: Cue | None) -> None:
    assert decision(*lines) is cue


@pytest.mark.parametrize(
    "text", ["STOP", "stop.", "Baja", "No me llamen más", "Non chiamatemi più, mi tolga dalla lista"]
)
def test_an_opt_out_is_understood_in_every_language(text: str) -> None:
    assert decision(text) is Cue.OPT_OUT


@pytest.mark.parametrize("text", ["Don't stop there, go on", "The bus stop is far", "Está de baja hasta el lunes"])
def test_the_word_alone_is_no_opt_out(text: str) -> None:
    assert decision(text) is None


@pytest.mark.parametrize(
    ("text", "local_time"),
    [
        ("Call me tomorrow at 5:30 pm", "2026-09-29T17:30"),
        ("Call me tomorrow at 12:00 pm", "2026-09-29T12:00"),
        ("Call me the day after tomorrow at 10 am", "2026-09-30T10:00"),
        ("Llámeme pasado mañana a las 17:30", "2026-09-30T17:30"),
        ("Mi richiami domani alle 9", "2026-09-29T09:00"),
        ("Call me later", None),
        ("Call me tomorrow", None),
        ("tomorrow at 31:00", None),
    ],
)
def test_a_stated_time_is_read_as_local_time(text: str, local_time: str | None) -> None:
    moment = stated_time(text, today=date(2026, 9, 28))
    assert (moment and moment.isoformat(timespec="minutes")) == local_time
