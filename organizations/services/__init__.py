from organizations.services.api_keys import (
    SCOPES,
    IssuedKey,
    authenticate_token,
    issue_api_key,
    revoke_api_key,
)
from organizations.services.audit import Actor, changes_between, json_safe, record_audit
from organizations.services.organizations import create_organization, find_organization, set_concurrency_limit
from organizations.services.people import FoundMembership, add_member, create_user, find_membership, role_in
from organizations.services.provider_accounts import (
    change_credentials,
    read_credentials,
    set_credentials,
    webhook_address,
)

__all__ = [
    "SCOPES",
    "Actor",
    "FoundMembership",
    "IssuedKey",
    "add_member",
    "authenticate_token",
    "change_credentials",
    "changes_between",
    "create_organization",
    "create_user",
    "find_membership",
    "find_organization",
    "issue_api_key",
    "json_safe",
    "read_credentials",
    "record_audit",
    "revoke_api_key",
    "role_in",
    "set_concurrency_limit",
    "set_credentials",
    "webhook_address",
]
