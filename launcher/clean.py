"""`make clean`: remove what local runs have left."""

from __future__ import annotations

import shutil

from launcher.paths import CHECKOUT
from launcher.services import discard

CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache", "build")


def main(_arguments: list[str]) -> int:
    """Stop the servers of the checkout, delete their data, the caches and `.venv`. Raises LaunchError if in use."""
    var = CHECKOUT / "var"
    for data_dir in var.glob("*/users.lock"):
        discard(data_dir.parent)
    for name in ("var", ".venv", *CACHES):
        shutil.rmtree(CHECKOUT / name, ignore_errors=True)
    return 0
