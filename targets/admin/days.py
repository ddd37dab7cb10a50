"""Say when the viewer's day began."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from lib import clock


def start_of_today() -> datetime:
    """Return when today began where the viewer is, by the clock of decisions."""
    return timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
