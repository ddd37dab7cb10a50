"""Who may import and undo, and that nobody meets a file of another organization."""

from __future__ import annotations

import pytest
from django.test import Client

from customers.models import Customer, ImportJob
from organizations.models import Membership, Organization, Role
from tests.admin.conftest import Login
from tests.admin.importing import BUTTON, drafted, imported, upload
from tests.admin.pages import page
from tests.admin.world import Furnished, member
from tests.customers.files import as_csv
from tests.factories import CampaignFactory

PEOPLE = as_csv([("1", "Ada", "347 123 4567"), ("2", "Bad", "12")], ["Customer ID", "First name", "Phone"])
READ = ("columns", "check", "status", "rejected", "change")
WRITTEN = ("columns", "start", "discard", "undo")


def answers(client: Client, job: ImportJob) -> set[int]:
    """Return how every page of an import answers."""
    got = {client.get(page(ImportJob, name, job.pk)).status_code for name in READ}
    return got | {client.post(page(ImportJob, name, job.pk), BUTTON).status_code for name in WRITTEN}


@pytest.mark.parametrize("role", Role)
def test_a_member_of_globex_finds_nothing_of_acme(
    role: Role, login: Login, acme: Organization, globex: Organization
) -> None:
    ours = login(member(acme, Role.OPERATOR))
    done, draft = imported(ours, PEOPLE, acme), drafted(ours, PEOPLE, acme)
    theirs = login(member(globex, role))
    assert answers(theirs, done) == answers(theirs, draft) == {404}
    assert list(theirs.get(page(ImportJob, "changelist")).context["cl"].result_list) == []
    assert Customer.objects.get().organization == acme
    done.refresh_from_db()
    assert done.undo_requested_at is None
    assert ImportJob.objects.filter(pk=draft.pk).exists()


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.OPERATOR])
def test_nobody_uploads_into_another_organization_or_its_campaigns(
    role: Role, login: Login, acme: Organization, globex: Organization
) -> None:
    campaign = CampaignFactory(organization=globex, name="GLOBEX secret campaign")
    client = login(member(acme, role))
    assert "organization" in upload(client, PEOPLE, globex).context["form"].errors
    assert "campaign" in upload(client, PEOPLE, acme, campaign=str(campaign.pk)).context["form"].errors
    assert "GLOBEX" not in client.get(page(ImportJob, "add")).content.decode()
    assert not ImportJob.objects.exists()


def test_who_works_in_both_cannot_mix_them(login: Login, acme: Organization, globex: Organization) -> None:
    user = member(acme, Role.OPERATOR)
    Membership.objects.create(organization=globex, user=user, role=Role.OPERATOR)
    campaign = CampaignFactory(organization=globex)
    errors = upload(login(user), PEOPLE, acme, campaign=str(campaign.pk)).context["form"].errors
    assert errors["campaign"] == ["This belongs to another organization."]


def test_who_operates_in_one_and_views_the_other_imports_into_the_one(
    login: Login, acme: Organization, globex: Organization
) -> None:
    user = member(acme, Role.OPERATOR)
    Membership.objects.create(organization=globex, user=user, role=Role.VIEWER)
    client = login(user)
    assert "organization" in upload(client, PEOPLE, globex).context["form"].errors
    assert imported(client, PEOPLE, acme).rows_created == 1


def test_a_viewer_reads_reports_and_changes_nothing(login: Login, acme: Organization) -> None:
    operator, viewer = login(member(acme, Role.OPERATOR)), login(member(acme, Role.VIEWER))
    done, draft = imported(operator, PEOPLE, acme), drafted(operator, PEOPLE, acme)
    assert viewer.get(page(ImportJob, "add")).status_code == 403
    assert upload(viewer, PEOPLE, acme).status_code == 403
    for name in WRITTEN:
        assert viewer.post(page(ImportJob, name, done.pk), BUTTON).status_code == 403
        assert viewer.post(page(ImportJob, name, draft.pk), BUTTON).status_code == 403
    assert viewer.get(page(ImportJob, "rejected", done.pk)).status_code == 403
    text = viewer.get(page(ImportJob, "change", done.pk)).content.decode()
    assert "2</strong> rows" in text
    assert "Undo this import" not in text
    assert "Download the rejected rows" not in text
    assert viewer.get(page(ImportJob, "change", draft.pk)).status_code == 200
    assert Customer.objects.count() == 1


def test_a_link_changes_nothing(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.OWNER))
    draft = drafted(client, PEOPLE, acme)
    for name in ("start", "discard"):
        assert client.get(page(ImportJob, name, draft.pk)).status_code == 405
    assert ImportJob.objects.get().state == "draft"


def test_who_is_nobody_here_is_asked_to_log_in(acme: Organization, ours: Furnished) -> None:
    job = ImportJob.objects.get()
    for name in READ:
        assert Client().get(page(ImportJob, name, job.pk)).status_code == 302
