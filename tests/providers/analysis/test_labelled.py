"""Labelled conversations: what a good line is, and how a bad one is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.analysis.labelled import BadLineError, read_labelled
from providers.base import CallOutcome, Speaker


def line(**changes: Any) -> str:
    spoken = {"speaker": "person", "text": "Yes, book it.", "at_seconds": 2.5}
    whole = {
        "id": "one",
        "language": "en",
        "goal": "A visit",
        "class": "agreed",
        "outcome": "answered",
        "called_at": "2026-03-02T10:00:00",
        "turns": [spoken],
        "expected": {"verdict": "met", "label": "positive", "callback_at": None, "opt_out": False},
        **changes,
    }
    return json.dumps(whole)


def test_a_line_is_read() -> None:
    (read,) = read_labelled([line(), "\n"])
    assert (read.klass, read.outcome, read.held_out) == ("agreed", CallOutcome.ANSWERED, False)
    assert read.spoken()[0].speaker is Speaker.PERSON


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("{", "line 2: Invalid JSON"),
        ("[]", "line 2: "),
        (line(id="two", expected={"verdict": "maybe", "label": "positive"}), "line 2: expected.verdict: "),
        (line(id="two", turns=[{"speaker": "dog", "text": "woof"}]), "line 2: turns.0.speaker: "),
        (line(id="two", called_at="soon"), "line 2: called_at: "),
        (line(id="two", colour="red"), "line 2: colour: "),
        (line(id="two", goal=""), "line 2: goal: "),
        (line(), "line 2: id: 'one' stands on an earlier line too"),
    ],
)
def test_a_bad_line_is_told_by_number_and_field(bad: str, told: str) -> None:
    with pytest.raises(BadLineError) as failure:
        list(read_labelled([line(), bad]))
    assert str(failure.value).startswith(told)
