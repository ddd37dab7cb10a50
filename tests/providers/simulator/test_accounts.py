from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from providers.simulator.accounts import Accounts
from tests.providers.simulator.rig import KEY, MODEL_KEY, PNID, TOKEN, account_file


@pytest.fixture(name="path")
def path_fixture(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(account_file("http://127.0.0.1:1")))
    return path


def test_accounts_are_found_by_their_secrets(path: Path) -> None:
    accounts = Accounts(path)
    voice, whatsapp = accounts.voice(KEY), accounts.whatsapp(TOKEN, PNID)
    assert voice is not None
    assert voice.webhook_url == "http://127.0.0.1:1/voice"
    assert whatsapp is not None
    assert whatsapp.app_secret == "app_secret"
    assert accounts.may_analyze(MODEL_KEY)


def test_a_stranger_has_no_account(path: Path) -> None:
    accounts = Accounts(path)
    assert accounts.voice("") is None
    assert accounts.whatsapp(TOKEN, "other") is None
    assert not accounts.knows_token("other")
    assert not accounts.may_analyze(KEY)


def test_nobody_has_an_account_without_a_file(tmp_path: Path) -> None:
    assert Accounts(tmp_path / "none.json").voice(KEY) is None


def test_a_changed_file_is_read_again(path: Path) -> None:
    accounts = Accounts(path)
    assert accounts.voice("sk_new") is None
    path.write_text(json.dumps({"voice": [{"api_key": "sk_new"}]}))
    assert accounts.voice("sk_new") is not None
    assert accounts.voice(KEY) is None


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"voice": [{"webhook_url": ""}]}', '{"voice": [{"api_key": "a", "x": 1}]}']
)
def test_an_unreadable_file_leaves_the_last_good_one_in_force(
    path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = Accounts(path)
    assert accounts.voice(KEY)
    path.write_text(text)
    with caplog.at_level(logging.WARNING):
        assert accounts.voice(KEY)
    assert "unreadable" in caplog.text
    assert KEY not in caplog.text


def test_who_asks_while_the_file_is_being_read_is_not_turned_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = Accounts(path)
    read, found = Path.read_text, []

    def slow_read(self: Path) -> str:
        monkeypatch.undo()
        found.append(accounts.voice(KEY))  # as another thread would
        return read(self)

    monkeypatch.setattr(Path, "read_text", slow_read)
    accounts.voice(KEY)
    assert found == [accounts.voice(KEY)] != [None]
