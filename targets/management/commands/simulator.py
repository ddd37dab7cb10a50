from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.simulator.config import SimulatorConfig
from providers.simulator.faults import Faults
from providers.simulator.server import run_simulator


class Command(BaseCommand):
    help = (
        "Run the simulator: a local server that speaks the vendors' APIs (voice calls, WhatsApp, email, model) and"
        " calls people who do not exist. Its log is the record of what really happened."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes any free one")
        parser.add_argument("--mail-port", type=int, default=0, help="port of its mail server; 0 takes any free one")
        parser.add_argument("--log", type=Path, required=True, help="file the record is appended to, as JSON lines")
        parser.add_argument("--accounts", type=Path, required=True, help="JSON file of who may use it")
        parser.add_argument("--seed", type=int, default=1, help="another seed, other people")
        parser.add_argument(
            "--time-factor", type=float, default=300.0, help="seconds of a call per real second (default: %(default)s)"
        )
        parser.add_argument("--faults", type=Path, help="JSON file of what is to go wrong, and how often")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            faults = Faults.read(json.loads(options["faults"].read_text())) if options["faults"] else Faults()
            config = SimulatorConfig(
                log_path=options["log"],
                accounts_path=options["accounts"],
                port=options["port"],
                mail_port=options["mail_port"],
                seed=options["seed"],
                time_factor=options["time_factor"],
                faults=faults,
            )
        except (OSError, ValueError, TypeError) as error:
            raise CommandError(str(error)) from error
        run_simulator(config)
