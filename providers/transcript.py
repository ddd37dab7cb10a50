"""Write a conversation down as text."""

from __future__ import annotations

from collections.abc import Sequence

from providers.base import Speaker, Turn

_NAMES = {Speaker.AGENT: "Agent", Speaker.PERSON: "Person"}


def one_line(words: str) -> str:
    """Return `words` on a single line, so that nothing said can look like a turn of its own."""
    return " ".join(words.split())


def format_conversation(turns: Sequence[Turn]) -> str:
    """Return one line a turn, ``[m:ss] Agent: …`` or ``[m:ss] Person: …``, oldest first."""
    return "\n".join(f"[{_clock(turn.at_seconds)}] {_NAMES[turn.speaker]}: {one_line(turn.text)}" for turn in turns)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
