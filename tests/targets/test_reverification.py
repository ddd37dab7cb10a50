"""Reading history again, and what verdicts bring with them: appointments and questions."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from organizations.models import Organization
from providers.analysis.contract import Analysis, AnalysisRequest, AnalyzerIdentity, Label, Verdict
from providers.analysis.local.analyzer import LocalAnalyzer
from providers.simulator.faults import AnswerFaults, Faults
from targets.models import Appointment, CampaignTarget, ReviewItem, Verification
from targets.reverification import Progress, judge_again, reverify_targets
from tests.targets.world import World

PHONES = ("+12125550101", "+12125550102", "+12125550103")


class Newer(LocalAnalyzer):
    identity = AnalyzerIdentity(name="local", version="next")


@pytest.fixture
def target(world: World, acme: Organization) -> CampaignTarget:
    people = [world.person(acme, persona, phone) for persona, phone in zip(("books", "agrees"), PHONES, strict=False)]
    target = world.enrol(world.campaign(acme), *people)
    world.step()
    target.refresh_from_db()
    return target


def test_history_is_read_once_by_every_version(target: CampaignTarget, acme: Organization) -> None:
    told: list[Progress] = []
    first = reverify_targets(organization_id=acme.pk, analyzer=Newer(), on_progress=told.append)
    second = reverify_targets(organization_id=acme.pk, analyzer=Newer())

    assert (first.total, first.read, first.changed, first.failed) == (2, 2, 0, 0)
    assert [progress.done for progress in told] == [1, 2]
    assert second.total == 0
    versions = Verification.objects.filter(target=target).values_list("analyzer_version", flat=True)
    assert set(versions) > {"next"}
    target.refresh_from_db()
    assert (target.analysis_source, target.done_reason) == ("local/next", "goal_met")


def test_another_organizations_history_is_not_read(target: CampaignTarget, globex: Organization) -> None:
    assert reverify_targets(organization_id=globex.pk, analyzer=Newer()).total == 0


def test_the_command_tells_what_it_did(target: CampaignTarget) -> None:
    output = StringIO()
    call_command("reverify_goals", "acme", "--local", "--json", stdout=output)
    assert json.loads(output.getvalue())["read"] == 2


def test_what_could_not_be_read_fails_the_command_and_stays_for_the_next(
    world: World, target: CampaignTarget, acme: Organization
) -> None:
    Verification.objects.all().delete()
    world.simulator.world.faults = Faults(analysis=AnswerFaults(server_error=1))
    with pytest.raises(CommandError, match="run it again"):
        call_command("reverify_goals", "acme", stdout=StringIO())
    world.simulator.world.faults = Faults()
    assert reverify_targets(organization_id=acme.pk).read == 2


class Doubting(LocalAnalyzer):
    """Finds that nobody agreed to anything."""

    identity = AnalyzerIdentity(name="local", version="doubting")

    def analyze(self, request: AnalysisRequest) -> Analysis:
        read = super().analyze(request)
        return read.model_copy(update={"verdict": Verdict.NOT_MET, "label": Label.NEGATIVE, "score": 0.9})


def test_what_was_read_moves_nobody_until_everybody_is_judged_by_it(target: CampaignTarget, acme: Organization) -> None:
    stage = target.stage
    reverify_targets(organization_id=acme.pk, analyzer=Doubting())
    target.refresh_from_db()
    assert (target.stage, target.done_reason, target.ai_label) == (stage, "goal_met", "negative")

    assert judge_again(organization_id=acme.pk, campaign_id=target.campaign_id) == 1

    target.refresh_from_db()
    assert (target.goal_met_at, target.done_reason != "goal_met", target.stage != stage) == (None, True, True)


def test_another_organizations_campaigns_are_not_judged(target: CampaignTarget, globex: Organization) -> None:
    assert judge_again(organization_id=globex.pk, campaign_id=target.campaign_id) == 0


def test_the_command_judges_where_it_is_asked_to(target: CampaignTarget) -> None:
    output = StringIO()
    call_command("reverify_goals", "acme", "--local", "--judge", "--json", stdout=output)
    assert json.loads(output.getvalue())["campaigns_judged"] == 1


def test_an_appointment_the_person_agreed_to_is_recorded_once(target: CampaignTarget, acme: Organization) -> None:
    booked = Appointment.objects.get(target=target)
    assert booked.starts_at > target.last_contacted_at  # type: ignore[operator]  # the call was answered

    reverify_targets(organization_id=acme.pk, analyzer=Newer())

    assert Appointment.objects.filter(target=target).count() == 1


def test_a_goal_analysis_tells_of_every_objective(target: CampaignTarget) -> None:
    analysis = target.goal_analysis or {}
    assert (analysis["overall"], analysis["objectives"]) == ("met", [{"type": "ai", "verdict": "met"}])


def test_where_the_outreach_would_end_on_an_unclear_verdict_a_person_is_asked(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme, call_attempt_delays=[])
    target = world.enrol(campaign, world.person(acme, "undecided", PHONES[2]))

    world.step()

    target.refresh_from_db()
    assert (target.state, target.campaign_goal_result) == ("done", "unclear")
    asked = ReviewItem.objects.get(target=target)
    assert (asked.kind, asked.attempt_id is not None, bool(asked.reason)) == ("unclear_goal", True, True)


def test_while_calls_are_left_nobody_is_asked(world: World, acme: Organization) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "undecided", PHONES[2]))

    world.step()

    target.refresh_from_db()
    assert (target.state, target.campaign_goal_result) == ("ready", "unclear")
    assert not ReviewItem.objects.exists()
