"""Actions on more rows than fit into a request: asked for in a list, done by workers, watched and stopped on a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from campaigns.models import ActivityEvent
from customers.models import Customer, Suppression
from lib import crash_points
from organizations.admin_base import bulk
from organizations.admin_base.paginator import CappedPaginator
from organizations.models import AuditEvent, BulkJob, BulkPart, Membership, Organization, Role, User
from organizations.services import Actor, bulk_jobs
from organizations.services.bulk_jobs import queue_bulk_job, run_bulk_jobs
from targets import bulk as bulk_of_targets
from targets.bulk import TAKE_OUT
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.removal import remove_target
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import page
from tests.admin.world import Furnished, member

LISTED = page(CampaignTarget, "changelist")


class Killed(BaseException):
    """What a worker dies of in these tests."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make few rows many, and parts short."""
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk_jobs, "PART_ROWS", 3)


@pytest.fixture
def asker(acme: Organization, ours: Furnished) -> User:
    return member(acme, Role.OPERATOR)


@pytest.fixture
def operator(login: Login, asker: User) -> Client:
    return login(asker)


@pytest.fixture
def crowd(ours: Furnished) -> list[CampaignTarget]:
    """Seven targets of ours."""
    return [ours.target, *(factories.TargetFactory(campaign=ours.campaign) for _ in range(6))]


def ask_for(client: Client, action: str, first: CampaignTarget, query: str = "", **data: str) -> Any:
    """Ask for an action on all pages of the list, as the browser sends it."""
    sent = {"action": action, "_selected_action": [str(first.pk)], "select_across": "1", "index": "0", **data}
    return client.post(f"{LISTED}{query}", sent)


def queued(client: Client, action: str, first: CampaignTarget, query: str = "", **data: str) -> BulkJob:
    response = ask_for(client, action, first, query, confirmed="1", **data)
    job: BulkJob = BulkJob.objects.latest("pk")
    assert response.status_code == 302, response.content.decode()
    assert response["Location"] == page(BulkJob, "change", job.pk)
    return job


def counts(job: BulkJob) -> tuple[int, int, int]:
    job.refresh_from_db()
    return job.rows_done, job.rows_skipped, job.rows_failed


def unfinished() -> bool:
    return BulkJob.objects.filter(state__in=BulkJob.UNFINISHED).exists()


def test_few_are_seen_to_at_once(operator: Client, ours: Furnished) -> None:
    response = operator.post(LISTED, {"action": "take_selected_out", "_selected_action": [ours.target.pk]}, follow=True)
    assert "1 taken out." in response.content.decode()
    assert not unfinished()


def test_many_are_asked_about_first_and_nothing_is_done_by_asking(
    operator: Client, crowd: list[CampaignTarget]
) -> None:
    response = ask_for(operator, "take_selected_out", crowd[0])
    text = response.content.decode()
    assert response.status_code == 200
    assert "7 targets" in text
    assert 'name="select_across" value="1"' in text
    assert not unfinished()
    assert CampaignTarget.objects.filter(deleted_at=None).count() == 7


def test_the_whole_list_as_filtered_is_done_in_the_background_and_each_row_once(
    operator: Client, asker: User, crowd: list[CampaignTarget], theirs: Furnished
) -> None:
    other = factories.TargetFactory(campaign=factories.CampaignFactory(organization=crowd[0].organization))
    job = queued(operator, "take_selected_out", crowd[0], f"?campaign={crowd[0].campaign_id}")
    assert (job.rows_total, job.state, counts(job)) == (7, "queued", (0, 0, 0))
    assert run_bulk_jobs() == 7
    assert counts(job) == (7, 0, 0)
    assert job.state == BulkJob.State.COMPLETED
    assert set(CampaignTarget.objects.values_list("pk", flat=True)) == {other.pk, theirs.target.pk}
    removed = AuditEvent.objects.filter(action="target.removed", user=asker)
    assert sorted(removed.values_list("object_id", flat=True)) == sorted(target.pk for target in crowd)


def test_rows_that_are_not_as_needed_are_skipped_with_the_reason(operator: Client, crowd: list[CampaignTarget]) -> None:
    over = crowd[3]
    CampaignTarget.objects.filter(pk=over.pk).update(state="done", done_reason="exhausted", next_attempt_at=None)
    job = queued(operator, "begin_selected_again", crowd[0])
    run_bulk_jobs()
    assert counts(job) == (1, 6, 0)
    over.refresh_from_db()
    assert (over.state, over.round) == (TargetState.READY, 1)
    text = operator.get(page(BulkJob, "change", job.pk)).content.decode()
    assert "their outreach is not over" in text
    assert page(CampaignTarget, "change", crowd[1].pk) in text


def test_the_page_follows_by_itself_until_the_end(operator: Client, crowd: list[CampaignTarget]) -> None:
    job = queued(operator, "suppress_selected", crowd[0])
    text = operator.get(page(BulkJob, "change", job.pk)).content.decode()
    assert f'hx-get="{page(BulkJob, "status", job.pk)}"' in text
    assert ">0%<" in operator.get(page(BulkJob, "status", job.pk)).content.decode()
    run_bulk_jobs()
    assert operator.get(page(BulkJob, "status", job.pk))["HX-Refresh"] == "true"
    assert page(BulkJob, "status", job.pk) not in operator.get(page(BulkJob, "change", job.pk)).content.decode()
    assert Suppression.objects.filter(organization=job.organization).count() >= 7


def test_all_are_moved_to_the_stage_that_was_chosen(operator: Client, crowd: list[CampaignTarget]) -> None:
    asked = ask_for(operator, "move_selected", crowd[0], confirmed="1")
    assert "<option" in asked.content.decode()
    refused = ask_for(operator, "move_selected", crowd[0], confirmed="1", stage="no-such-stage")
    assert "Select a valid choice" in refused.content.decode()
    job = queued(operator, "move_selected", crowd[0], stage="won")
    assert job.title == "Move to the stage Won"
    run_bulk_jobs()
    assert counts(job) == (7, 0, 0)
    assert set(CampaignTarget.objects.values_list("stage", flat=True)) == {"won"}
    assert ActivityEvent.objects.filter(kind="target.staged").count() == 7


def test_stages_of_two_campaigns_are_not_offered_together(operator: Client, crowd: list[CampaignTarget]) -> None:
    factories.TargetFactory(campaign=factories.CampaignFactory(organization=crowd[0].organization))
    response = ask_for(operator, "move_selected", crowd[0])
    assert "Narrow the list to one campaign first." in operator.get(response["Location"]).content.decode()


def test_goals_are_always_verified_in_the_background(operator: Client, crowd: list[CampaignTarget]) -> None:
    operator.post(LISTED, {"action": "verify_selected", "_selected_action": [crowd[0].pk]})
    job = BulkJob.objects.latest("pk")
    run_bulk_jobs()
    assert counts(job) == (1, 0, 0)
    assert AuditEvent.objects.filter(action="target.verified", object_id=crowd[0].pk).exists()


def test_those_taken_out_are_brought_back(operator: Client, crowd: list[CampaignTarget]) -> None:
    queued(operator, "take_selected_out", crowd[0])
    run_bulk_jobs()
    job = queued(operator, "bring_selected_back", crowd[0], "?deleted=only")
    run_bulk_jobs()
    assert counts(job) == (7, 0, 0)
    assert CampaignTarget.objects.filter(organization=job.organization).count() == 7


def test_customers_are_deleted_in_the_background_too(operator: Client, crowd: list[CampaignTarget]) -> None:
    sent = {"action": "delete_selected_rows", "_selected_action": [str(crowd[0].customer_id)], "select_across": "1"}
    operator.post(page(Customer, "changelist"), sent | {"index": "0", "confirmed": "1"})
    job = BulkJob.objects.get(action="customers.delete")
    run_bulk_jobs()
    assert counts(job) == (7, 0, 0)
    assert not Customer.objects.filter(organization=job.organization).exists()


@pytest.fixture
def dying() -> Any:
    """Return what makes the worker die at the n-th row, before that row is committed."""

    def at_row(number: int) -> None:
        passed = []

        def hook(name: str) -> None:
            passed.append(name)
            if name == "K1" and passed.count("K1") == number:
                raise Killed

        crash_points.install(hook)

    yield at_row
    crash_points.install(None)


def test_a_killed_worker_leaves_no_row_undone_and_does_none_twice(
    operator: Client, crowd: list[CampaignTarget], dying: Callable[[int], None]
) -> None:
    job = queued(operator, "take_selected_out", crowd[0])
    dying(5)
    with pytest.raises(Killed):
        run_bulk_jobs()
    crash_points.install(None)
    assert counts(job) == (4, 0, 0)
    assert run_bulk_jobs() == 0  # the dead worker's lease lasts
    BulkJob.objects.filter(pk=job.pk).update(leased_until="2026-01-01T00:00:00Z")
    assert run_bulk_jobs() == 3
    assert counts(job) == (7, 0, 0)
    assert AuditEvent.objects.filter(action="target.removed").count() == 7


def test_stopping_leaves_the_rest_alone(
    operator: Client, asker: User, crowd: list[CampaignTarget], dying: Callable[[int], None]
) -> None:
    job = queued(operator, "take_selected_out", crowd[0])
    dying(3)
    with pytest.raises(Killed):
        run_bulk_jobs()
    crash_points.install(None)
    operator.post(page(BulkJob, "stop", job.pk), {"_form_submitted": "on"})
    BulkJob.objects.filter(pk=job.pk).update(leased_until=None)
    assert run_bulk_jobs() == 0
    assert counts(job) == (2, 0, 0)
    assert (job.state, BulkPart.objects.filter(job=job).exists()) == (BulkJob.State.STOPPED, False)
    assert CampaignTarget.objects.filter(deleted_at=None).count() == 5
    event = AuditEvent.objects.get(action="bulk_action.stopped", object_id=job.pk)
    assert (event.user, event.changes["rows_done"]) == (asker, [None, 2])


def test_whoever_lost_the_role_has_nothing_more_done(
    operator: Client, asker: User, crowd: list[CampaignTarget]
) -> None:
    job = queued(operator, "take_selected_out", crowd[0])
    Membership.objects.filter(user=asker).update(role=Role.VIEWER)
    assert run_bulk_jobs() == 0
    job.refresh_from_db()
    assert (job.state, job.why_stopped) == ("stopped", "whoever asked for this may not do it any more")
    assert CampaignTarget.objects.filter(deleted_at=None).count() == 7


def test_the_role_is_asked_about_again_at_each_part(
    operator: Client, asker: User, crowd: list[CampaignTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(operator, "take_selected_out", crowd[0])

    def dismiss(name: str) -> None:
        if AuditEvent.objects.filter(action="target.removed").count() == 2:
            Membership.objects.filter(user=asker).delete()

    crash_points.install(dismiss)
    run_bulk_jobs()
    crash_points.install(None)
    assert counts(job) == (3, 0, 0)
    assert job.state == "stopped"


def test_a_row_of_another_organization_is_not_touched_whoever_queued_it(
    acme: Organization, asker: User, ours: Furnished, theirs: Furnished
) -> None:
    both = CampaignTarget.objects.filter(pk__in=[theirs.target.pk, ours.target.pk])
    job = queue_bulk_job(organization=acme, action=TAKE_OUT, title="Take out", rows=both, actor=Actor(user=asker))
    assert job.rows_total == 1
    BulkJob.objects.filter(pk=job.pk).update(rows_total=2)
    BulkPart.objects.filter(job=job).update(row_ids=[theirs.target.pk, ours.target.pk])
    run_bulk_jobs()
    assert counts(job) == (1, 1, 0)
    assert CampaignTarget.objects.filter(pk=theirs.target.pk).exists()


def test_a_row_that_breaks_is_counted_as_failed_and_holds_up_no_other(
    operator: Client, crowd: list[CampaignTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued(operator, "take_selected_out", crowd[0])
    real = remove_target

    def breaks_once(*, target: CampaignTarget, actor: Actor) -> None:
        real(target=target, actor=actor)
        if target.pk == crowd[2].pk:
            raise ZeroDivisionError

    monkeypatch.setattr(bulk_of_targets, "remove_target", breaks_once)
    run_bulk_jobs()
    assert counts(job) == (6, 0, 1)
    assert CampaignTarget.objects.filter(deleted_at=None).get() == crowd[2]


def test_many_rows_of_several_organizations_are_refused_in_words(
    root: Client, crowd: list[CampaignTarget], theirs: Furnished
) -> None:
    response = ask_for(root, "take_selected_out", crowd[0], confirmed="1")
    assert "several organizations" in root.get(response["Location"]).content.decode()
    assert not unfinished()


def test_too_many_rows_are_refused_in_words(
    operator: Client, crowd: list[CampaignTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 6)
    response = ask_for(operator, "take_selected_out", crowd[0], confirmed="1")
    assert "Choose at most 6 at once" in operator.get(response["Location"]).content.decode()
    assert not unfinished()


def test_a_viewer_starts_nothing_and_stops_nothing(
    login: Login, acme: Organization, operator: Client, crowd: list[CampaignTarget]
) -> None:
    viewer = login(member(acme, Role.VIEWER))
    ask_for(viewer, "take_selected_out", crowd[0], confirmed="1")
    assert not BulkJob.objects.filter(action="targets.take_out").exists()
    job = queued(operator, "take_selected_out", crowd[0])
    assert viewer.get(page(BulkJob, "change", job.pk)).status_code == 200
    assert viewer.post(page(BulkJob, "stop", job.pk), {"_form_submitted": "on"}).status_code == 403


def test_another_organizations_job_is_not_found(
    login: Login, globex: Organization, operator: Client, crowd: list[CampaignTarget]
) -> None:
    job = queued(operator, "take_selected_out", crowd[0])
    stranger = login(member(globex, Role.OWNER))
    for kind in ("change", "status"):
        assert stranger.get(page(BulkJob, kind, job.pk)).status_code == 404
    assert stranger.post(page(BulkJob, "stop", job.pk), {"_form_submitted": "on"}).status_code == 404


def test_every_job_is_written_down_when_it_begins_and_when_it_ends(
    operator: Client, asker: User, crowd: list[CampaignTarget]
) -> None:
    job = queued(operator, "take_selected_out", crowd[0])
    run_bulk_jobs()
    events = {event.action: event for event in AuditEvent.objects.filter(object_id=job.pk)}
    assert set(events) == {"bulk_action.queued", "bulk_action.completed"}
    assert {event.user for event in events.values()} == {asker}
    assert events["bulk_action.completed"].changes["rows_done"] == [None, 7]


def test_a_list_that_was_not_counted_to_its_end_offers_all_of_it(
    operator: Client, crowd: list[CampaignTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CappedPaginator, "cap", 5)
    assert "Select all of this list, more than 5" in operator.get(LISTED).content.decode()
