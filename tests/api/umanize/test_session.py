"""The session of docs/umanize.md works as it is written there, over a real socket."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from organizations.models import Role
from tests.api.umanize.client import token_of, user_of
from tests.factories import PASSWORD, OrganizationFactory

PAGE = Path(__file__).resolve().parents[3] / "docs" / "umanize.md"


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.django_db(transaction=True)
def test_the_session_works_as_it_is_written(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = OrganizationFactory(slug="acme")
    given = {
        "URL": live_server.url,
        "KEY": token_of(acme),
        "EMAIL": user_of(acme, Role.ADMIN).email,
        "PASSWORD": PASSWORD,
        "NO_PROXY": "*",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    session: dict[str, object] = {}
    assert len(blocks()) >= 8
    for number, block in enumerate(blocks(), start=1):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), session)  # noqa: S102 - our own page


def test_every_block_says_what_it_expects() -> None:
    silent = [block for block in blocks() if "assert" not in block]
    assert len(silent) == 1  # the one that creates who speaks
