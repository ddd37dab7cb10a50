"""Keep the secrets of one data folder: made once, readable by their owner alone."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from launcher.errors import LaunchError

_FILE = "secrets.json"


def has_keys(data_dir: Path) -> bool:
    """Tell whether the secrets of this data folder have been made."""
    return (data_dir / _FILE).exists()


def load_keys(data_dir: Path) -> dict[str, str]:
    """Return the stored secrets: SECRET_KEY, FIELD_ENCRYPTION_KEY, and the two passwords of the database."""
    try:
        keys: dict[str, str] = json.loads((data_dir / _FILE).read_text())
    except FileNotFoundError:
        raise LaunchError(f"nothing has been started in {data_dir} yet: run `make run` first") from None
    return keys


def load_or_make_keys(data_dir: Path) -> dict[str, str]:
    """Return the stored secrets, made first where there are none. Call it under the start lock."""
    if not has_keys(data_dir):
        write_privately(data_dir / _FILE, json.dumps(_new_keys(), indent=1) + "\n")
    return load_keys(data_dir)


def encryption_keys(data_dir: Path) -> dict[str, str]:
    """Return the stored SECRET_KEY and FIELD_ENCRYPTION_KEY, as the settings read them."""
    return {name: key for name, key in load_keys(data_dir).items() if name.isupper()}


def _new_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "database_password": secrets.token_urlsafe(24),
        "superuser_password": secrets.token_urlsafe(24),
    }


def write_privately(path: Path, text: str) -> None:
    """Write `text` to a file only its owner may read; whoever reads it sees the old text or the new one, whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
