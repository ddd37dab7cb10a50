"""Define what a goal analyzer is given and what it must answer.

An answer is only ever a claim with evidence: every verdict other than ``unclear`` quotes turns of the person,
and `checked` voids a verdict whose quotes are not in the transcript.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from providers.base import Turn


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNCLEAR = "unclear"


class Label(StrEnum):
    """The person's attitude to the goal, in the dialects' words."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


class Quote(BaseModel):
    """Words of the person, by the index of the turn they stand in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    turn: int
    text: str


class Finding(BaseModel):
    """A yes-or-no fact with its reason and evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: bool
    rationale: str
    quotes: list[Quote]


class Analysis(BaseModel):
    """One analyzer's reading of one or more conversations. Scores are 0..1. Strict schemas need every field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: Verdict
    label: Label
    score: float = Field(ge=0, le=1)
    rationale: str
    quotes: list[Quote]
    sentiment: Label
    sentiment_rationale: str
    summary: str
    summary_title: str
    callback: Finding
    callback_at: str | None  # ISO 8601 local time as promised, without a zone
    follow_up: Finding
    escalation: Finding
    opt_out: Finding
    next_best_action: str


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """The goal in the operator's words and the turns of the conversations, oldest first, numbered from 0.

    `called_at` is when the last conversation began, in the person's local time: "tomorrow at five" hangs on it.
    """

    goal: str
    turns: Sequence[Turn]
    language: str = ""
    called_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnalyzerIdentity:
    """Which analyzer said it: stored with every verdict, so that history can be read again later."""

    name: str
    version: str


class GoalAnalyzer(Protocol):
    identity: AnalyzerIdentity

    def analyze(self, request: AnalysisRequest) -> Analysis:
        """Return the reading. Raises `providers.base.ProviderError`; ``permanent`` where asking again cannot help."""
