from targets.models.attempt import Attempt, AttemptEvent, AttemptQuerySet, Conversation
from targets.models.findings import Appointment, InboundMessage, ReviewItem, Verification
from targets.models.queues import InboxEvent, InboxQuerySet, OutboxMessage, OutboxQuerySet
from targets.models.target import CampaignTarget, TargetQuerySet

__all__ = [
    "Appointment",
    "Attempt",
    "AttemptEvent",
    "AttemptQuerySet",
    "CampaignTarget",
    "Conversation",
    "InboundMessage",
    "InboxEvent",
    "InboxQuerySet",
    "OutboxMessage",
    "OutboxQuerySet",
    "ReviewItem",
    "TargetQuerySet",
    "Verification",
]
