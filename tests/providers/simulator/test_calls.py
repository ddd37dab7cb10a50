from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lib import clock
from tests.providers.simulator.rig import KEY, Rig, rig

COUNT = 25


def listing(it: Rig, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = it.http.get("/v1/convai/conversations", params=query, headers={"xi-api-key": KEY}).json()
    return answer


def dial_all(it: Rig) -> list[str]:
    return [it.dial(f"+3460000{n:04d}", user_id=f"attempt_{n}").json()["conversation_id"] for n in range(COUNT)]


def pages(it: Rig, **query: Any) -> list[list[str]]:
    found: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = listing(it, cursor=cursor, **query)
        found.append([call["conversation_id"] for call in page["conversations"]])
        cursor = page["next_cursor"]
        assert page["has_more"] is bool(cursor)
    return found


@pytest.mark.parametrize("size", [1, 7, 25, 100])
def test_pages_show_every_call_once_newest_first(tmp_path: Path, size: int) -> None:
    with rig(tmp_path) as it:
        placed = dial_all(it)
        found = pages(it, page_size=size)
        assert [id_ for page in found for id_ in page] == placed[::-1]
        assert all(len(page) <= size for page in found)


def test_calls_placed_while_somebody_pages_do_not_disturb_the_pages(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        placed = dial_all(it)
        first = listing(it, page_size=10)
        dial_all(it)
        second = listing(it, page_size=10, cursor=first["next_cursor"])
        assert [call["conversation_id"] for call in second["conversations"]] == placed[::-1][10:20]


def test_a_call_is_found_by_its_reference(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        placed = dial_all(it)
        assert pages(it, user_id="attempt_3") == [[placed[3]]]
        assert pages(it, user_id="attempt_99") == [[]]
        assert pages(it, user_id="attempt_3", agent_id="another") == [[]]


def test_a_call_is_not_listed_in_the_second_it_started_after(tmp_path: Path) -> None:
    with rig(tmp_path) as it:
        it.dial(user_id="attempt_1")
        (call,) = listing(it)["conversations"]
        started = call["start_time_unix_secs"]
        assert abs(started - clock.now().timestamp()) < 5
        assert pages(it, call_start_after_unix=started) == [[]]
        assert pages(it, call_start_after_unix=started - 1) == [[call["conversation_id"]]]
        assert pages(it, call_start_before_unix=started) == [[]]


@pytest.mark.parametrize("query", [{"page_size": "x"}, {"cursor": "???"}, {"page_size": "0"}, {"page_size": "999"}])
def test_an_odd_query_is_answered_all_the_same(tmp_path: Path, query: dict[str, str]) -> None:
    with rig(tmp_path) as it:
        it.dial()
        assert len(listing(it, **query)["conversations"]) == 1
