from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from unfold.decorators import display

Method = TypeVar("Method", bound=Callable[..., Any])


def column(
    title: str, *, colours: Mapping[str, str] | None = None, ordering: str | None = None
) -> Callable[[Method], Method]:
    """Name what a method computes about a row. With `colours` (value to colour of the theme) it shows as a badge."""
    decorate: Callable[[Method], Method] = display(description=title, label=colours, ordering=ordering)
    return decorate
