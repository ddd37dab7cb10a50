from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from organizations.management.answers import Answer, AnsweringCommand
from providers.analysis.contract import GoalAnalyzer
from providers.analysis.evaluation import Judged, judge, report
from providers.analysis.labelled import BadLineError, LabelledConversation, read_labelled
from targets.gateways import local_analyzer, platform_analyzer

SHIPPED = Path(settings.BASE_DIR) / "samples" / "conversations.jsonl"
_COLUMNS = {
    "conversations": "n",
    "right": "right",
    "precision_met": "precision",
    "recall_met": "recall",
    "f1_met": "F1",
    "false_met_rate": "false met",
    "fabricated_quote_rate": "fabricated",
    "unclear_rate": "unclear",
}
_HEADINGS = {
    "parts": "By part",
    "languages": "By language",
    "classes": "By class",
    "held_out_languages": "Held out, by language",
    "held_out_classes": "Held out, by class",
}


class Command(AnsweringCommand):
    help = (
        'Measure an analyzer by conversations that people have labelled: how often its verdict "met" is right, how'
        " often it misses one, how often it quotes what nobody said. The format of the file stands in docs/goals.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--set", metavar="FILE", type=Path, default=SHIPPED, help="JSON lines; default: the shipped"
        )
        parser.add_argument(
            "--analyzer",
            choices=["local", "model"],
            default="local",
            help="model: the platform's, by ANALYSIS_BASE_URL, ANALYSIS_API_KEY and ANALYSIS_MODEL",
        )
        parser.add_argument(
            "--misread", action="store_true", help="list what was misread, except held-out conversations"
        )
        super().add_arguments(parser)

    def answer(self, options: dict[str, Any]) -> Answer:
        analyzer = _analyzer(options["analyzer"])
        judged = [judge(conversation, analyzer) for conversation in _conversations(options["set"])]
        if not judged:
            raise CommandError(f"{options['set']}: there is no conversation in it")
        facts: dict[str, Any] = {
            "analyzer": analyzer.identity.name,
            "version": analyzer.identity.version,
            "set": str(options["set"]),
            **report(judged),
        }
        if options["misread"]:
            facts["misread"] = _misread(judged)
        return _Table("", facts)


class _Table(Answer):
    """An answer whose lines for people are tables."""

    def __str__(self) -> str:
        facts = self.facts
        lines = [f"{facts['analyzer']} {facts['version']} on {facts['set']}", "", *_table({"all": facts["all"]})]
        for name, heading in _HEADINGS.items():
            lines += ["", heading, *_table(facts[name])]
        whole = facts["all"]
        lines += ["", f"Callback times right: {_percent(whole['callback_time_right'])}"]
        lines += [f"Opt-outs found: {_percent(whole['opt_out_found'])}", f"Calls without an answer: {whole['failed']}"]
        lines += [f"{one['id']}: {one['expected']} read as {one['verdict']}" for one in facts.get("misread", [])]
        return "\n".join(lines)


def _table(groups: dict[str, dict[str, Any]]) -> list[str]:
    width = max([len(name) for name in groups] + [24])
    head = " ".join([" " * width, *(f"{title:>10}" for title in _COLUMNS.values())])
    rows = [
        " ".join([f"{name:<{width}}", *(f"{_cell(name_of, row[name_of]):>10}" for name_of in _COLUMNS)])
        for name, row in groups.items()
    ]
    return [head, *rows]


def _cell(column: str, value: Any) -> str:
    return str(value) if column == "conversations" else _percent(value)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _misread(judged: Sequence[Judged]) -> list[dict[str, str]]:
    wrong = [one for one in judged if not one.is_right and not one.conversation.held_out]
    return [
        {"id": one.conversation.id, "expected": one.conversation.expected.verdict, "verdict": one.verdict}
        for one in wrong
    ]


def _analyzer(name: str) -> GoalAnalyzer:
    if name == "local":
        return local_analyzer()
    analyzer = platform_analyzer()
    if analyzer is None:
        raise CommandError("no model is set up: give ANALYSIS_API_KEY, and ANALYSIS_BASE_URL and ANALYSIS_MODEL")
    return analyzer


def _conversations(path: Path) -> list[LabelledConversation]:
    try:
        with path.open(encoding="utf-8") as lines:
            return list(read_labelled(lines))
    except BadLineError as error:
        raise CommandError(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
