from organizations.models.audit import AuditEvent, IdempotencyKey, SystemFlag
from organizations.models.bulk import BulkJob, BulkPart
from organizations.models.channels import Agent, EmailChannel, PhoneNumber, ProviderAccount, WhatsAppChannel
from organizations.models.credentials import ApiKey
from organizations.models.organization import Blackout, Membership, Organization, Role, RulesChange
from organizations.models.user import User

__all__ = [
    "Agent",
    "ApiKey",
    "AuditEvent",
    "Blackout",
    "BulkJob",
    "BulkPart",
    "EmailChannel",
    "IdempotencyKey",
    "Membership",
    "Organization",
    "PhoneNumber",
    "ProviderAccount",
    "Role",
    "RulesChange",
    "SystemFlag",
    "User",
    "WhatsAppChannel",
]
