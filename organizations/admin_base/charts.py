"""What a page hands to the charts of static/desk/charts.js: numbers, and the same in words for whoever cannot see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

# What became of a call, in the order in which it is stacked, with its words and its colour's name in charts.js.
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "answered": ("answered", "good"),
    "voicemail": ("voicemail", "machine"),
    "no_answer": ("no answer", "missed"),
    "busy": ("busy", "busy"),
    "failed": ("failed", "bad"),
    "unknown": ("unclear", "other"),
    "live": ("under way", "live"),
}


Chart = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers. `colour` names one of charts.js, or one for each number."""

    label: str
    values: Sequence[float | None]
    colour: str | Sequence[str]


def bars(
    labels: Sequence[str], series: Sequence[Series], *, words: str, empty: str = "", **looks: Any
) -> dict[str, Any]:
    """Return a chart of bars; `looks` are stacked, sideways and unit. `empty`, where set, is shown in its place."""
    return _chart("bar", labels, series, words, empty, looks)


def line(
    labels: Sequence[str], series: Sequence[Series], *, words: str, empty: str = "", **looks: Any
) -> dict[str, Any]:
    """Return a chart of lines, as `bars`; a number that is None leaves a gap."""
    return _chart("line", labels, series, words, empty, looks)


def calls_by_hour(
    hours: Mapping[int, Mapping[str, int]], since: datetime, until: datetime, *, empty: str
) -> dict[str, Any]:
    """Return the chart of calls by hour from `since` (a full hour) to `until`, by what became of them.

    `hours` are keyed by full hours since `since`. Labels are in the viewer's zone.
    """
    last = max(int((until - since) / timedelta(hours=1)), *hours, 0)
    first = min((hour for hour in hours if hours[hour]), default=0)
    numbers = range(max(0, min(first, last - 7)), last + 1)
    labels = [f"{timezone.localtime(since + timedelta(hours=number)):%H:00}" for number in numbers]
    series = [
        Series(words, values, colour)
        for what, (words, colour) in OUTCOMES.items()
        if any(values := [hours.get(number, {}).get(what, 0) for number in numbers])
    ]
    told = (
        f"{label} {sum(s.values[index] or 0 for s in series)} calls" for index, label in enumerate(labels) if series
    )
    words = "Calls by hour: " + "; ".join(told)
    return bars(labels, series, words=words, stacked=True, empty="" if series else empty)


def calls_by_outcome(outcomes: Mapping[str, int], *, empty: str) -> Chart:
    """Return the chart of calls by what became of them."""
    found = [(words, outcomes[what], colour) for what, (words, colour) in OUTCOMES.items() if outcomes.get(what)]
    labels = [words for words, _count, _colour in found]
    series = [Series("calls", [count for _words, count, _colour in found], [colour for *_rest, colour in found])]
    words = "Calls by outcome: " + "; ".join(f"{label} {count}" for label, count, _colour in found)
    return bars(labels, series, words=words, sideways=True, empty="" if found else empty)


def _chart(
    kind: str, labels: Sequence[str], series: Sequence[Series], words: str, empty: str, looks: Mapping[str, Any]
) -> Chart:
    rows = [{"label": row.label, "values": list(row.values), "colour": row.colour} for row in series]
    return {"type": kind, "labels": list(labels), "series": rows, "words": words, "empty": empty, **looks}
