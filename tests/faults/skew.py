"""Set the clock of this Python process wrong: `datetime.now` and `time.time`, but not the monotonic one.

The modules of the project have imported the class by name, so the name is replaced in each of them.
"""

from __future__ import annotations

import datetime as real
import sys
import time
from typing import Any, Self

_PARTS = ("api", "campaigns", "customers", "lib", "organizations", "providers", "targets")


class _SameAsReal(type):
    """Let a datetime made elsewhere count as one of ours."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, real.datetime)


def install(*, seconds: float) -> None:
    """Be wrong by `seconds` from now on, in every module of the project that has been imported."""
    off = real.timedelta(seconds=seconds)
    true_time = time.time

    class Wrong(real.datetime, metaclass=_SameAsReal):
        @classmethod
        def now(cls, tz: Any = None) -> Self:
            return real.datetime.now(tz) + off  # type: ignore[return-value]  # a plain datetime is what callers expect

    time.time = lambda: true_time() + seconds
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _PARTS and getattr(module, "datetime", None) is real.datetime:
            module.datetime = Wrong  # type: ignore[attr-defined]  # that is the name it imported
