"""Read a walk out of a Markdown page: command lines, each followed by the answer it promises."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_STEP = re.compile(r"```sh\n(?P<command>curl .*?)```\n+```json\n(?P<answer>.*?)```", re.DOTALL)
_VARIABLE = re.compile(r"\$([A-Z]+)")
ANYTHING = "…"


@dataclass
class Step:
    """One request, with variables still in it, and what is answered to it."""

    method: str = "GET"
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    answer: Any = None


def steps_of(page: Path) -> Iterator[Step]:
    """Yield the steps of a page in their order."""
    for found in _STEP.finditer(page.read_text(encoding="utf-8")):
        step = Step(answer=json.loads(found["answer"]))
        words = iter(shlex.split(found["command"].replace("\\\n", " "))[1:])
        for word in words:
            match word:
                case "-X":
                    step.method = next(words)
                case "-H":
                    name, _colon, value = next(words).partition(": ")
                    step.headers[name] = value
                case "-d":
                    step.body = next(words)
                case _:
                    step.url = word
        yield step


def filled(text: str, known: dict[str, str]) -> str:
    """Return a text with its variables' values. Raises KeyError for one no answer has told yet."""
    return _VARIABLE.sub(lambda name: known[name[1]], text)


def differences(promised: Any, answered: Any, known: dict[str, str], place: str = "answer") -> Iterator[str]:
    """Yield where an answer is not the promised one; a variable that is new takes what stands in its place."""
    if promised == ANYTHING:
        return
    if isinstance(promised, dict) and isinstance(answered, dict):
        if promised.keys() != answered.keys():
            yield f"{place} has {sorted(answered)}"
            return
        for name, inner in promised.items():
            yield from differences(inner, answered[name], known, f"{place}.{name}")
    elif isinstance(promised, list) and isinstance(answered, list) and len(promised) == len(answered):
        for index, (inner, theirs) in enumerate(zip(promised, answered, strict=True)):
            yield from differences(inner, theirs, known, f"{place}[{index}]")
    elif isinstance(promised, str) and (name := _VARIABLE.fullmatch(promised)):
        if known.setdefault(name[1], str(answered)) != answered:
            yield f"{place} is {answered!r}"
    elif promised != answered:
        yield f"{place} is {answered!r}"
