"""The audit log as people read it: who, what, before, after, when."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from lib import clock
from organizations.models import Agent, AuditEvent, Membership, Organization, ProviderAccount, Role, User
from organizations.services import Actor, record_audit
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import complaints, page
from tests.admin.world import Furnished, member


def test_a_form_that_no_service_saves_is_told_with_before_and_after(login: Login, acme: Organization) -> None:
    agent = factories.AgentFactory(organization=acme, name="Old", timezone="Europe/Rome")
    data = {"name": "New", "provider_account": str(agent.provider_account_id), "timezone": "Europe/Paris"}
    user = member(acme, Role.ADMIN)
    client = login(user)
    assert complaints(client.post(page(Agent, "change", agent.pk), data)) == {}
    event = AuditEvent.objects.get(object_id=agent.pk)
    assert event.changes["name"] == ["Old", "New"]
    assert event.changes["timezone"] == ["Europe/Rome", "Europe/Paris"]
    text = client.get(page(AuditEvent, "change", event.pk)).content.decode()
    for expected in (str(user), "agent.updated", "Europe/Rome", "Europe/Paris", page(Agent, "change", agent.pk)):
        assert expected in text


def test_a_changed_role_is_told_with_before_and_after(login: Login, acme: Organization) -> None:
    membership = Membership.objects.get(user=member(acme, Role.VIEWER))
    client = login(member(acme, Role.OWNER))
    assert complaints(client.post(page(Membership, "change", membership.pk), {"role": "operator"})) == {}
    assert AuditEvent.objects.get(object_id=membership.pk).changes == {"role": ["viewer", "operator"]}


def test_what_is_personal_or_secret_is_told_without_its_value(root: Client, acme: Organization) -> None:
    person = member(acme, Role.VIEWER)
    data = {"email": person.email, "name": "Somebody Else", "is_active": "on", "is_staff": "on"}
    assert complaints(root.post(page(User, "change", person.pk), data)) == {}
    assert AuditEvent.objects.get(object_id=person.pk).changes == {"name": ["hidden", "hidden"]}

    account = factories.ProviderAccountFactory(organization=acme)
    url = "https://user:hunter2@mail.example.com"
    form = {"kind": account.kind, "name": account.name, "base_url": url, "webhook_secret": "whsec"}
    assert complaints(root.post(page(ProviderAccount, "change", account.pk), form)) == {}
    told = str(list(AuditEvent.objects.filter(object_id=account.pk).values_list("changes", flat=True)))
    assert "base_url" in told
    assert "hunter2" not in told
    assert "whsec" not in told


def test_a_new_colleague_is_audited_where_they_work(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.ADMIN))
    data = {"email": "ada@example.com", "name": "Ada", "password": "a long new password", "role": Role.OPERATOR}
    assert complaints(client.post(page(User, "add"), {**data, "organization": str(acme.pk)})) == {}
    ada = User.objects.get(email="ada@example.com")
    assert AuditEvent.objects.get(object_id=ada.pk, action="user.created").organization == acme


def test_the_log_is_narrowed_by_who_what_and_when(login: Login, acme: Organization, ours: Furnished) -> None:
    colleague = member(acme, Role.OPERATOR)
    agent = factories.AgentFactory(organization=acme)
    record_audit(organization=acme, action="agent.polished", subject=agent, actor=Actor(user=colleague))
    long_ago = clock.now() - timedelta(days=3)
    AuditEvent.objects.create(
        organization=acme, action="agent.forgotten", object_type="organizations.agent", object_id=agent.pk, at=long_ago
    )
    client = login(member(acme, Role.VIEWER))

    def listed(**query: str) -> set[str]:
        found = client.get(page(AuditEvent, "changelist"), query).context["cl"].result_list
        return {event.action for event in found} & {"agent.polished", "agent.forgotten", f"{ours.mark}.done"}

    assert listed() == {"agent.polished", "agent.forgotten", f"{ours.mark}.done"}
    assert listed(user=str(colleague.pk)) == {"agent.polished"}
    assert listed(of="organizations.agent") == {"agent.polished", "agent.forgotten"}
    assert listed(within="day") == {"agent.polished", f"{ours.mark}.done"}
    assert listed(q="agent.f") == {"agent.forgotten"}


def test_nobody_reads_what_was_done_elsewhere(login: Login, acme: Organization, theirs: Furnished) -> None:
    client = login(member(acme, Role.OWNER))
    event = AuditEvent.objects.filter(organization=theirs.organization).first()
    assert event is not None
    assert client.get(page(AuditEvent, "change", event.pk)).status_code == 404
    assert list(client.get(page(AuditEvent, "changelist")).context["cl"].result_list) == []
    assert (
        list(client.get(page(AuditEvent, "changelist"), {"user": str(theirs.owner.pk)}).context["cl"].result_list) == []
    )
