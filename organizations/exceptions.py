"""What can be wrong with a request about organizations, people and credentials."""

from __future__ import annotations

from collections.abc import Sequence

from lib.errors import DomainError


class DuplicateSlug(DomainError):
    """Say that another organization has this slug."""

    code = "duplicate_slug"

    def __init__(self, slug: str) -> None:
        super().__init__(f"an organization with the slug {slug} exists already", slug=slug)
        self.slug = slug


class DuplicateEmail(DomainError):
    """Say that somebody logs in with this address already. The address itself is personal data and not named."""

    code = "duplicate_email"

    def __init__(self) -> None:
        super().__init__("a user with this email address exists already")


class WeakPassword(DomainError):
    """Say what a password lacks."""

    code = "weak_password"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons), reasons=list(reasons))
        self.reasons = tuple(reasons)


class AlreadyMember(DomainError):
    """Say that the user belongs to the organization already."""

    code = "already_member"

    def __init__(self) -> None:
        super().__init__("this user is a member of the organization already")


class NotAMember(DomainError):
    """Say that the user does not belong to the organization."""

    code = "not_a_member"

    def __init__(self) -> None:
        super().__init__("this user is not a member of the organization")


class KeyNeedsOwner(DomainError):
    """Say that a key has to belong to somebody: a personal one to a user, any other to an organization."""

    code = "key_needs_owner"

    def __init__(self, kind: str, owner: str) -> None:
        super().__init__(f"a {kind} key needs {owner}", kind=kind, owner=owner)
        self.kind = kind


class UnknownScope(DomainError):
    """Say that a scope does not exist, and which do."""

    code = "unknown_scope"

    def __init__(self, scope: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no scope {scope!r}; choose from {', '.join(known)}", scope=scope, known=list(known))
        self.scope = scope


class PlatformQuarantined(DomainError):
    """Say that the platform stays closed until what the providers did since the backup is known here."""

    code = "platform_quarantined"

    def __init__(self) -> None:
        super().__init__(
            "the platform is quarantined after a restore: `manage.py reconcile`, then `reconcile --resume`, opens it"
        )


class NotReconciled(DomainError):
    """Say which accounts have not been compared with their providers since the restore."""

    code = "not_reconciled"

    def __init__(self, accounts: Sequence[str]) -> None:
        listed = ", ".join(accounts)
        super().__init__(f"not every account has been reconciled since the restore: {listed}", accounts=list(accounts))


class InvalidLogin(DomainError):
    """Say that no user who may log in has this email and password; not which of them is wrong."""

    code = "invalid_login"

    def __init__(self) -> None:
        super().__init__("no active user has this email and password")


class InvalidRefreshToken(DomainError):
    """Say that a refresh token gets nobody a new pair (any more)."""

    code = "invalid_refresh_token"

    def __init__(self) -> None:
        super().__init__("the refresh token is not valid (any more): log in again")


class ChooseOrganization(DomainError):
    """Say that the user works in several organizations and has to name one."""

    code = "choose_organization"

    def __init__(self) -> None:
        super().__init__("you work in several organizations: name one by its slug or id")


class ResourceInUse(DomainError):
    """Say that an agent, number or channel cannot be deleted while campaigns that are not over use it."""

    code = "resource_in_use"

    def __init__(self, campaigns: int) -> None:
        super().__init__(
            f"{campaigns} campaign{'s' if campaigns > 1 else ''} that can still run would be left without it",
            campaigns=campaigns,
        )


class DuplicateNumber(DomainError):
    """Say that the organization has this phone number already."""

    code = "duplicate_number"

    def __init__(self) -> None:
        super().__init__("the organization has this phone number already")


class ResourceNotFound(DomainError):
    """Say that an agent, number or channel is not there (any more)."""

    code = "resource_not_found"

    def __init__(self) -> None:
        super().__init__("there is no such thing")


class BulkJobBusy(DomainError):
    """Say that a worker holds the job for longer than a request may wait."""

    code = "bulk_job_busy"

    def __init__(self) -> None:
        super().__init__("a row is being worked on; try again in a moment")
