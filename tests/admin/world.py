"""Fill an organization with one row of everything, each carrying a mark that can be looked for in a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from campaigns.models import ActivityEvent, Campaign, Configuration
from customers.models import Customer, CustomField, DialLedger, ImportJob, ImportRejection
from customers.suppressions import suppress
from lib import clock
from organizations.models import (
    ApiKey,
    Blackout,
    BulkJob,
    IdempotencyKey,
    Membership,
    Organization,
    Role,
    User,
)
from organizations.services import Actor, issue_api_key, record_audit, set_credentials
from targets.lifecycle import AttemptState
from targets.models import (
    Appointment,
    Attempt,
    CampaignTarget,
    Conversation,
    InboundMessage,
    InboxEvent,
    OutboxMessage,
    ReviewItem,
    Verification,
)
from tests import factories

TURNS = [
    {"speaker": "agent", "text": "Good morning, is this a good moment?", "at_seconds": 0},
    {"speaker": "person", "text": "Yes. <script>alert('said')</script>", "at_seconds": 4.2},
    {"speaker": "agent", "text": "May we visit you on Tuesday?", "at_seconds": 8},
    {"speaker": "person", "text": "Tuesday at ten suits me.", "at_seconds": 12},
]


@dataclass(frozen=True, slots=True)
class Furnished:
    """What the tests hold on to."""

    organization: Organization
    mark: str
    owner: User
    campaign: Campaign
    target: CampaignTarget
    customer: Customer
    attempt: Attempt


def furnish(organization: Organization, mark: str) -> Furnished:
    """Give `organization` a row of every model; every text a person may read contains `mark`."""
    owner = member(organization, Role.OWNER, mark)
    campaign = _campaign(organization, mark)
    customer = factories.CustomerFactory(
        organization=organization, customer_id=f"{mark}-id", name=mark, email=f"{mark.lower()}@example.com"
    )
    target = factories.TargetFactory(campaign=campaign, customer=customer, external_id=f"{mark}-target")
    attempt = _talk(target, mark)
    _findings(target, attempt, mark)
    _records(organization, owner, campaign, target, attempt, mark)
    _people(organization, owner, campaign, mark)
    return Furnished(organization, mark, owner, campaign, target, customer, attempt)


def member(organization: Organization, role: Role, mark: str = "", **fields: object) -> User:
    """Make a person who may open the admin and works in `organization` with `role`."""
    named = {"name": f"{mark} {role}"} if mark else {}
    user: User = factories.UserFactory(is_staff=True, **named, **fields)
    Membership.objects.create(organization=organization, user=user, role=role)
    return user


def _campaign(organization: Organization, mark: str) -> Campaign:
    account = factories.ProviderAccountFactory(organization=organization, name=f"{mark} account")
    set_credentials(account=account, credentials={"api_key": f"{mark}-secret-credential"})
    agent = factories.AgentFactory(organization=organization, name=f"{mark} agent", provider_account=account)
    number = factories.PhoneNumberFactory(organization=organization, label=f"{mark} number", provider_account=account)
    channel = factories.WhatsAppChannelFactory(
        organization=organization, name=f"{mark} WhatsApp", provider_account=account
    )
    mailbox = factories.EmailChannelFactory(organization=organization, name=f"{mark} mailbox")
    Configuration.objects.create(organization=organization, name=f"{mark} configuration")
    campaign: Campaign = factories.CampaignFactory(
        organization=organization,
        name=f"{mark} campaign",
        external_id=f"{mark}-campaign",
        agent=agent,
        phone_number=number,
        whatsapp_channel=channel,
        email_channel=mailbox,
        whatsapp_first_message=f"Hello from {mark}",
    )
    return campaign


def _talk(target: CampaignTarget, mark: str) -> Attempt:
    """Record an answered call and what was said in it."""
    now = clock.now()
    attempt: Attempt = factories.AttemptFactory(
        target=target,
        state=AttemptState.COMPLETED,
        outcome="answered",
        submit_started_at=now,
        accepted_at=now,
        ended_at=now,
        provider_account=target.campaign.agent.provider_account if target.campaign.agent else None,
        provider_id=f"{mark}-conversation",
        duration_seconds=42,
        reserved_at=now - timedelta(hours=1),
    )
    Conversation.objects.create(
        organization=target.organization,
        attempt=attempt,
        turns=[*TURNS, {"speaker": "agent", "text": f"Goodbye from {mark}", "at_seconds": 16}],
        summary=f"{mark} agreed to a visit",
        summary_title=f"{mark} visit",
    )
    DialLedger.objects.create(
        organization_id=target.organization_id, attempt_id=attempt.pk, channel="call", address_hash="0" * 64
    )
    return attempt


def _findings(target: CampaignTarget, attempt: Attempt, mark: str) -> None:
    mine = {"organization": target.organization, "target": target}
    Verification.objects.create(
        **mine,
        analyzer=f"{mark} analyzer",
        analyzer_version="1",
        verdict="met",
        label="positive",
        score=0.9,
        rationale=f"{mark} said yes",
        quotes=[{"attempt": str(attempt.pk), "turn": 3, "text": "Tuesday at ten suits me."}],
    )
    InboundMessage.objects.create(
        **mine, customer=target.customer, channel="whatsapp", provider_id=f"{mark}-message", text=f"{mark} wrote this"
    )
    ReviewItem.objects.create(**mine, attempt=attempt, kind=ReviewItem.Kind.UNCLEAR_GOAL, reason=f"{mark} is unclear")
    Appointment.objects.create(
        **mine, attempt=attempt, starts_at=clock.now() + timedelta(days=2), label=f"{mark} appointment"
    )


def _records(
    organization: Organization, owner: User, campaign: Campaign, target: CampaignTarget, attempt: Attempt, mark: str
) -> None:
    real_now = datetime.now(UTC)
    assert attempt.provider_account is not None
    record_audit(organization=organization, action=f"{mark}.done", subject=campaign, actor=Actor(user=owner))
    ActivityEvent.objects.create(organization=organization, campaign=campaign, kind=f"{mark}.happened", user=owner)
    IdempotencyKey.objects.create(
        organization=organization,
        credential="key",
        key=f"{mark}-key",
        method="POST",
        path=f"/{mark}",
        request_hash="0",
        expires_at=real_now,
    )
    InboxEvent.objects.create(
        receiver="elevenlabs",
        provider_account=attempt.provider_account,
        event_key=f"{mark}-event",
        body=b"{}",
        received_at=real_now,
        next_try_at=real_now,
    )
    OutboxMessage.objects.create(
        organization=organization,
        topic="verify",
        dedupe=f"{mark}-outbox",
        target_id=target.pk,
        created_at=real_now,
        next_try_at=real_now,
    )


def _people(organization: Organization, owner: User, campaign: Campaign, mark: str) -> None:
    Blackout.objects.create(
        organization=organization, name=f"{mark} holidays", first_day=date(2026, 12, 24), last_day=date(2026, 12, 26)
    )
    CustomField.objects.create(organization=organization, key=mark.lower(), label=f"{mark} field")
    job = ImportJob.objects.create(
        organization=organization, campaign=campaign, created_by=owner, filename=f"{mark}.csv", rows_total=1
    )
    BulkJob.objects.create(
        organization=organization,
        created_by=owner,
        action="targets.verify",
        title=f"{mark} read again",
        rows_total=1,
        state=BulkJob.State.STOPPED,
    )
    ImportRejection.objects.create(organization=organization, job=job, row=2, message=f"{mark} has no phone")
    suppress(organization=organization, address="+393490000001", source="operator", reason=f"{mark} asked for it")
    issue_api_key(organization=organization, kind=ApiKey.Kind.UMANIZE, name=f"{mark} key", user=owner)
