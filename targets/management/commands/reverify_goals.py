from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from organizations.management.answers import Answer, AnsweringCommand, find_organization
from targets.gateways import local_analyzer
from targets.reverification import Progress, judge_again, reverify_targets

_EVERY = 100  # targets between two lines of progress


class Command(AnsweringCommand):
    help = (
        "Read an organization's conversations again with the analyzer it uses now, wherever this analyzer in this"
        " version has not read them yet. Safe to interrupt and to repeat; decisions of people stand."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="slug or id")
        parser.add_argument("--campaign", metavar="ID", type=UUID, help="only this campaign")
        parser.add_argument("--local", action="store_true", help="with the local analyzer, whatever is chosen")
        parser.add_argument(
            "--judge",
            action="store_true",
            help="then judge everybody by what was read: stages move, outreach ends or goes on",
        )
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        which = {"organization_id": find_organization(options["organization"]).pk, "campaign_id": options["campaign"]}
        done = reverify_targets(
            **which,
            analyzer=local_analyzer() if options["local"] else None,
            on_progress=self._tell,
        )
        judged = {"campaigns_judged": judge_again(**which)} if options["judge"] else {}
        answer = Answer("Read again.", asdict(done) | judged)
        if done.failed:
            raise CommandError(f"{Answer('Some could not be read; run it again.', answer.facts)}")
        return answer

    def _tell(self, progress: Progress) -> None:
        if progress.done % _EVERY == 0:
            self.stderr.write(f"{progress.done} of {progress.total}")
