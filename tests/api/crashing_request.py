"""Send one request with an Idempotency-Key. Started as a program of its own, which dies where CRASH_POINTS says."""

from __future__ import annotations

import sys

import django
from django.db import connection


def main(database: str, public_id: str, key: str) -> None:
    connection.settings_dict["NAME"] = database
    from tests.api.keyed import post

    sys.stdout.write(post(public_id, key, {"name": "Ada"}).content.decode())


if __name__ == "__main__":
    django.setup()
    main(*sys.argv[1:])
