from __future__ import annotations

from django.http import HttpRequest
from unfold.views import ChangeList as ThemesChangeList


class ChangeList(ThemesChangeList):  # type: ignore[misc]  # unfold publishes no types
    """A list that says how many it found, with a link to all of them, only to whoever narrowed it down."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        is_narrowed = self.has_active_filters or self.query
        if not is_narrowed or getattr(self.paginator, "is_capped", False):
            self.full_result_count = self.result_count  # the theme's title is silent where the two are the same
