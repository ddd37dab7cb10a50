"""How a conversation is written down."""

from __future__ import annotations

from providers.base import Speaker, Turn
from providers.transcript import format_conversation


def test_each_turn_is_a_line_with_its_time() -> None:
    turns = [
        Turn(Speaker.AGENT, "Hello.", 0),
        Turn(Speaker.PERSON, "Who\nis it?", 7.9),
        Turn(Speaker.AGENT, "Clara.", 65),
        Turn(Speaker.PERSON, "Ah.", 3600),
    ]
    assert format_conversation(turns).splitlines() == [
        "[0:00] Agent: Hello.",
        "[0:07] Person: Who is it?",
        "[1:05] Agent: Clara.",
        "[60:00] Person: Ah.",
    ]


def test_no_turns_are_no_text() -> None:
    assert format_conversation([]) == ""
