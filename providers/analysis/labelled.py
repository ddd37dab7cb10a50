"""Read conversations that people have labelled, to measure analyzers by: JSON lines, one conversation a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime, ValidationError

from providers.analysis.contract import Label
from providers.base import CallOutcome, Speaker, Turn


class BadLineError(ValueError):
    """Say which line of a labelled set is wrong, in which field, and how."""

    def __init__(self, number: int, field: str, problem: str) -> None:
        super().__init__(f"line {number}: {field}: {problem}" if field else f"line {number}: {problem}")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpokenTurn(_Part):
    speaker: Speaker
    text: str
    at_seconds: float = Field(default=0.0, ge=0)


class Expected(_Part):
    """What a careful listener would say. The verdict ``none``: there is nothing to judge."""

    verdict: Literal["met", "not_met", "unclear", "none"]
    label: Label
    callback_at: NaiveDatetime | None = None
    opt_out: bool = False


class LabelledConversation(_Part):
    """One line. `called_at` is the person's local time."""

    id: str = Field(min_length=1)
    language: str
    goal: str = Field(min_length=1)
    klass: str = Field(alias="class", min_length=1)
    held_out: bool = False
    outcome: CallOutcome | None = None
    called_at: datetime | None = None
    turns: list[SpokenTurn]
    expected: Expected

    def spoken(self) -> list[Turn]:
        return [Turn(turn.speaker, turn.text, turn.at_seconds) for turn in self.turns]


def read_labelled(lines: Iterable[str]) -> Iterator[LabelledConversation]:
    """Yield the conversations of `lines`, skipping empty ones. Raises `BadLineError`."""
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        conversation = _parsed(number, line)
        if conversation.id in seen:
            raise BadLineError(number, "id", f"{conversation.id!r} stands on an earlier line too")
        seen.add(conversation.id)
        yield conversation


def _parsed(number: int, line: str) -> LabelledConversation:
    try:
        return LabelledConversation.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadLineError(number, ".".join(map(str, first["loc"])), first["msg"]) from error
