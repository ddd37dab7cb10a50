#!/usr/bin/env python3
"""Run a management command, on the embedded services unless DATABASE_URL and REDIS_URL name others."""

import os
import sys

from launcher.services import ensure_environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    ensure_environment()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
