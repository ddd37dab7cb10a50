"""Edit a retry policy as rows, one for each way a call ends, and as JSON only where somebody prefers that.

What may stand in a row is asked of `campaigns.retry_policy`; here texts become values, and refusals find their cell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.retry_policy import ENDS_IN_WORDS, CallEnd, RetryPolicy, Then, parse_retry_policy
from lib.errors import InvalidField

THEN_CHOICES = {
    Then.NEXT_STEP: "the next step",
    Then.WHATSAPP: "WhatsApp",
    Then.EMAIL: "email",
    Then.STOP: "no more",
}
# Somebody whose line never worked has had no call after which a next step could come.
_NEVER_FOLLOWS = (CallEnd.FAILED, Then.NEXT_STEP)
_CELLS = {
    "own": "own rule",
    "delays_minutes": "waits in minutes",
    "maximum": "at most",
    "then": "then",
    "next_number": "next number",
    "another_time_of_day": "another time of day",
}
_SHORT = "short_call_seconds"
_SHORT_IN_WORDS = "seconds of a short call"


class Rows(dict[str, dict[str, str]]):
    """What was typed: ``{end: {cell: text}}``, a box that is not ticked being absent."""

    @classmethod
    def sent(cls, data: Mapping[str, Any], name: str) -> Rows:
        typed = {
            end.value: {
                cell: str(data[key]).strip() for cell in _CELLS if (key := f"{name}-{end.value}-{cell}") in data
            }
            for end in ENDS_IN_WORDS
        }
        return cls(typed | {_SHORT: {_SHORT: str(data.get(f"{name}-{_SHORT}", "")).strip()}})

    @classmethod
    def of(cls, policy: RetryPolicy) -> Rows:
        """Return the rows that say what `policy` says."""
        rows = cls()
        for end in ENDS_IN_WORDS:
            rule = policy.rule_for(end) if end.value in policy.model_fields_set else None
            rows[end.value] = {"then": _default_then(end).value, "next_number": "on"} if rule is None else _cells(rule)
        rows[_SHORT] = {_SHORT: str(policy.short_call_seconds) if _SHORT in policy.model_fields_set else ""}
        return rows


def _cells(rule: Any) -> dict[str, str]:
    said = {
        "delays_minutes": ", ".join(map(str, rule.delays_minutes)),
        "maximum": "" if rule.maximum is None else str(rule.maximum),
        "then": rule.then.value,
    }
    ticked = [name for name in ("next_number", "another_time_of_day") if getattr(rule, name, False)]
    return said | dict.fromkeys(["own", *ticked], "on")


def _default_then(end: CallEnd) -> Then:
    return Then.STOP if end is CallEnd.FAILED else Then.NEXT_STEP


def _rule_of(end: CallEnd, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the rule as JSON: what differs from a rule without a word said. Numbers may be texts still."""
    rule: dict[str, Any] = {}
    if delays := typed.get("delays_minutes", ""):
        rule["delays_minutes"] = [_number(part.strip()) for part in delays.split(",")]
    if maximum := typed.get("maximum", ""):
        rule["maximum"] = _number(maximum)
    if (then := typed.get("then", "")) and then != _default_then(end):
        rule["then"] = then
    if "next_number" not in typed:
        rule["next_number"] = False
    if "another_time_of_day" in typed:
        rule["another_time_of_day"] = True
    return rule


def _number(text: str) -> int | str:
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 12 else text


@dataclass(frozen=True, slots=True)
class Fault:
    end: str
    cell: str
    message: str

    def __str__(self) -> str:
        if self.end == _SHORT:
            return f"{_SHORT_IN_WORDS.capitalize()}: {self.message}"
        return f"{ENDS_IN_WORDS[CallEnd(self.end)].capitalize()}, {_CELLS.get(self.cell, 'rule')}: {self.message}"


def read_rows(rows: Rows) -> tuple[dict[str, Any], list[Fault]]:
    """Return the policy that was typed, and what is wrong with it: one fault a row."""
    policy: dict[str, Any] = {}
    faults = []
    for end in ENDS_IN_WORDS:
        typed = rows.get(end.value, {})
        if "own" in typed:
            policy[end.value] = _rule_of(end, typed)
        elif typed.get("delays_minutes") or typed.get("maximum"):
            faults.append(Fault(end.value, "own", "tick it, or empty this row"))
    if seconds := rows.get(_SHORT, {}).get(_SHORT):
        policy[_SHORT] = _number(seconds)
    for name, part in policy.items():
        try:
            parse_retry_policy({name: part})
        except InvalidField as refused:
            place, _colon, message = refused.reason.rpartition(": ")
            faults.append(Fault(name, _cell_at(place, name), message))
    return policy, faults


def _cell_at(place: str, name: str) -> str:
    """Return the cell of a place such as ``busy.delays_minutes.1``."""
    return name if name == _SHORT else [*place.split("."), "", ""][1]


class RetryPolicyWidget(forms.Widget):
    """A table with a row for each end. `faults` are shown at their cells."""

    class Media:
        js: ClassVar[list[str]] = ["desk/retries.js"]  # Django reads it so

    faults: tuple[Fault, ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if f"{name}-rows" not in data or data.get(f"{name}-as") == "json":
            return data.get(name)
        return Rows.sent(data, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-rows" not in data

    def id_for_label(self, id_: str) -> str:
        return ""  # it labels a group, not one control

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        shown, text = _shown(value)
        rows = shown or Rows()
        context = {
            "name": name,
            "lines": [self._line(name, end, rows.get(end.value, {})) for end in ENDS_IN_WORDS],
            "short": self._control(name, _SHORT, _SHORT, rows.get(_SHORT, {}).get(_SHORT, "")),
            "as_json": shown is None,
            "json": UnfoldAdminTextareaWidget({"rows": 6, "aria-label": "Retry policy as JSON"}).render(name, text),
        }
        return render_to_string("admin/campaigns/retry_policy.html", context)

    def _line(self, name: str, end: CallEnd, typed: Mapping[str, str]) -> dict[str, Any]:
        allowed = {then: words for then, words in THEN_CHOICES.items() if (end, then) != _NEVER_FOLLOWS}
        cells = {cell: self._control(name, end.value, cell, typed.get(cell, "")) for cell in _CELLS}
        return {
            "words": ENDS_IN_WORDS[end].capitalize(),
            "choices": [(then.value, words) for then, words in allowed.items()],
            "has_time_of_day": end is CallEnd.VOICEMAIL,
            **cells,
        }

    def _control(self, name: str, end: str, cell: str, value: str) -> dict[str, str]:
        fault = next((fault for fault in self.faults if fault.end == end and fault.cell in (cell, "")), None)
        key = f"{name}-{_SHORT}" if end == _SHORT else f"{name}-{end}-{cell}"
        return {"name": key, "value": value, "fault": fault.message if fault else ""}


def _shown(value: Any) -> tuple[Rows | None, str]:
    """Return the rows to show, None where only JSON can show it, and the JSON."""
    if isinstance(value, Rows):
        return value, json.dumps(read_rows(value)[0])
    text = value if isinstance(value, str) else json.dumps(value or {})
    try:
        return Rows.of(parse_retry_policy(json.loads(text or "{}") or {})), text
    except (InvalidField, ValueError):
        return None, text


class RetryPolicyField(forms.JSONField):
    """A retry policy, typed in rows or as JSON. What JSON says is left to the service, which names the place."""

    widget = RetryPolicyWidget

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data

    def prepare_value(self, value: Any) -> Any:
        return value

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, Rows):
            return super().to_python(value)
        policy, faults = read_rows(value)
        self.widget.faults = tuple(faults)
        if faults:
            raise ValidationError([str(fault) for fault in faults])
        return policy

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say whether something else is meant: rows do not repeat what holds unsaid."""
        if not isinstance(data, Rows):
            return super().has_changed(initial, data)
        try:
            return Rows.of(parse_retry_policy(initial or {})) != Rows.of(parse_retry_policy(read_rows(data)[0]))
        except InvalidField:
            return True
