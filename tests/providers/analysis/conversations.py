"""Conversations and analyses to judge."""

from __future__ import annotations

from typing import Any

from providers.analysis.contract import Analysis
from providers.base import Speaker, Turn

TURNS = (
    Turn(Speaker.AGENT, "Would you like a visit on Monday at ten?", 0.0),
    Turn(Speaker.PERSON, "Yes,  Monday at ten\nis perfect.", 5.0),
    Turn(Speaker.AGENT, "So you agreed to buy the house.", 9.0),
    Turn(Speaker.PERSON, "I know. Call me tomorrow, please.", 14.0),
)


def finding(value: bool = False, *quotes: tuple[int, str]) -> dict[str, Any]:
    """Return a finding as a model writes it."""
    return {"value": value, "rationale": "because", "quotes": [{"turn": turn, "text": text} for turn, text in quotes]}


def written(**changes: Any) -> dict[str, Any]:
    """Return an analysis as a model writes it: the goal is met, proven by turn 1."""
    return {
        "verdict": "met",
        "label": "positive",
        "score": 0.9,
        "rationale": "They agreed.",
        "quotes": [{"turn": 1, "text": "Monday at ten is perfect"}],
        "sentiment": "positive",
        "sentiment_rationale": "Friendly.",
        "summary": "A visit was agreed.",
        "summary_title": "Visit agreed",
        "callback": finding(),
        "callback_at": None,
        "follow_up": finding(),
        "escalation": finding(),
        "opt_out": finding(),
        "next_best_action": "Confirm the visit.",
        **changes,
    }


def analysis(**changes: Any) -> Analysis:
    """Return the same as an `Analysis`."""
    return Analysis.model_validate(written(**changes))
