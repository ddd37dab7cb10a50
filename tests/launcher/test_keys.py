from __future__ import annotations

import base64
import stat
from pathlib import Path

from launcher.keys import load_or_make_keys, write_privately


def test_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    keys = load_or_make_keys(tmp_path)
    assert load_or_make_keys(tmp_path) == keys
    assert len(set(keys.values())) == 4
    assert len(base64.urlsafe_b64decode(keys["FIELD_ENCRYPTION_KEY"])) == 32
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_private_file_that_was_readable_is_closed_when_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.touch(mode=0o644)
    write_privately(file, "secret")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("secret", 0o600)
