"""Which local moment is meant, counted from Wednesday, 4 March 2026, a quarter past three in the afternoon."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.analysis.local.times import stated_moment

WEDNESDAY = datetime(2026, 3, 4, 15, 15)  # noqa: DTZ001  # local times carry no zone

MOMENTS = [
    ("en", "call me tomorrow at five", "2026-03-05T17:00"),
    ("en", "tomorrow at 9:30", "2026-03-05T09:30"),
    ("en", "the day after tomorrow, half past ten", "2026-03-06T10:30"),
    ("en", "Monday morning", "2026-03-09T10:00"),
    ("en", "next Wednesday at noon", "2026-03-11T12:00"),
    ("en", "tonight at eight", "2026-03-04T20:00"),
    ("en", "at quarter to six", "2026-03-04T17:45"),
    ("en", "in twenty minutes", "2026-03-04T15:35"),
    ("en", "in a week", "2026-03-11T15:15"),
    ("en", "on the 20th at 11 am", "2026-03-20T11:00"),
    ("es", "mañana a las cinco", "2026-03-05T17:00"),
    ("es", "mañana por la mañana", "2026-03-05T10:00"),
    ("es", "el lunes por la mañana", "2026-03-09T10:00"),
    ("es", "pasado mañana a las diez y media", "2026-03-06T10:30"),
    ("es", "a las ocho menos cuarto de la tarde", "2026-03-04T19:45"),
    ("es", "dentro de media hora", "2026-03-04T15:45"),
    ("es", "el viernes al mediodía", "2026-03-06T12:00"),
    ("es", "el día 20 a las 11 de la mañana", "2026-03-20T11:00"),
    ("it", "domani alle cinque", "2026-03-05T17:00"),
    ("it", "giovedì alle tre", "2026-03-05T15:00"),
    ("it", "domani mattina", "2026-03-05T10:00"),
    ("it", "dopodomani alle dieci e mezza", "2026-03-06T10:30"),
    ("it", "stasera alle nove meno un quarto", "2026-03-04T20:45"),
    ("it", "tra due ore", "2026-03-04T17:15"),
    ("it", "lunedì pomeriggio", "2026-03-09T16:00"),
    ("it", "venerdì a mezzogiorno", "2026-03-06T12:00"),
]


@pytest.mark.parametrize(("language", "words", "moment"), MOMENTS)
def test_a_moment_in_words_is_resolved(language: str, words: str, moment: str) -> None:
    assert stated_moment(words, language=language, called_at=WEDNESDAY) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "some other time"), ("es", "cuando quiera"), ("it", "un'altra volta"), ("en", "at 99:99")],
)
def test_no_moment_is_made_up(language: str, words: str) -> None:
    assert stated_moment(words, language=language, called_at=WEDNESDAY) is None


def test_a_day_alone_stands_for_its_morning_unless_an_hour_is_asked_for() -> None:
    morning = datetime.fromisoformat("2026-03-05T10:00")
    assert stated_moment("tomorrow", language="en", called_at=WEDNESDAY) == morning
    assert stated_moment("tomorrow", language="en", called_at=WEDNESDAY, with_hour=True) is None


@given(st.sampled_from(["en", "es", "it"]), st.text(), st.integers(0, 23))
def test_whatever_is_said_a_moment_lies_ahead_within_a_year(language: str, words: str, hour: int) -> None:
    called_at = WEDNESDAY.replace(hour=hour)
    found = stated_moment(words, language=language, called_at=called_at)
    assert found is None or timedelta(0) < found - called_at.replace(second=0) <= timedelta(days=366)
