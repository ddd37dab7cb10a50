"""The command that measures an analyzer."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from tests.providers.simulator.rig import MODEL_KEY, rig


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("evaluate_analyzer", *arguments, stdout=output)
    return output.getvalue()


def test_the_shipped_set_is_measured_by_language_class_and_part() -> None:
    told = json.loads(run("--json"))
    assert (told["analyzer"], told["all"]["conversations"] >= 200) == ("local", True)
    assert set(told["languages"]) == {"en", "es", "it"}
    assert set(told["parts"]) == {"held out", "tuned on"}
    assert told["classes"]["voicemail"]["false_met_rate"] == 0
    assert "misread" not in told


def test_people_get_tables() -> None:
    told = run("--misread")
    assert "By language" in told
    assert "precision" in told


def test_a_file_of_ones_own_is_measured(tmp_path: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    turns = [{"speaker": "agent", "text": "Shall I book it?"}, {"speaker": "person", "text": "Yes please, book it."}]
    one = {"id": "1", "language": "en", "goal": "A visit", "class": "mine", "turns": turns}
    mine.write_text(json.dumps({**one, "expected": {"verdict": "met", "label": "positive"}}))
    assert json.loads(run("--set", str(mine), "--json"))["classes"]["mine"]["recall_met"] == 1


@pytest.mark.parametrize(
    ("content", "told"), [(b'{"id": "1"}', "line 1: language"), (b"", "no conversation"), (b"\xff", "cannot be read")]
)
def test_a_bad_file_is_told_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(content)
    with pytest.raises(CommandError, match=told):
        run("--set", str(bad))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("--set", str(tmp_path / "none.jsonl"))


def test_a_model_that_is_not_set_up_is_told(settings: Settings) -> None:
    settings.ANALYSIS_API_KEY = ""
    with pytest.raises(CommandError, match="ANALYSIS_API_KEY"):
        run("--analyzer", "model")


def test_a_model_is_measured_through_its_endpoint(tmp_path: Path, settings: Settings) -> None:
    mine = tmp_path / "mine.jsonl"
    turns = [{"speaker": "agent", "text": "Shall I book it?"}, {"speaker": "person", "text": "Sounds good, book it."}]
    one = {"id": "1", "language": "en", "goal": "A visit", "class": "mine", "turns": turns}
    mine.write_text(json.dumps({**one, "expected": {"verdict": "met", "label": "positive"}}))
    with rig(tmp_path) as it:
        settings.ANALYSIS_API_KEY, settings.ANALYSIS_BASE_URL = MODEL_KEY, f"{it.simulator.url}/v1"
        told = json.loads(run("--analyzer", "model", "--set", str(mine), "--json"))
    assert told["analyzer"].startswith("openai-compatible/")
    assert (told["all"]["recall_met"], told["all"]["failed"]) == (1, 0)
