"""Look once at what is scheduled. Started as a program of its own, which knows nothing but the database."""

from __future__ import annotations

import sys

import django
from django.db import connection


def main(database: str) -> None:
    connection.settings_dict["NAME"] = database
    from campaigns.tasks import start_scheduled

    start_scheduled()


if __name__ == "__main__":
    django.setup()
    main(*sys.argv[1:])
