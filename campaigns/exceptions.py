"""What can be wrong with a request about campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from lib.errors import DomainError

if TYPE_CHECKING:
    from campaigns.readiness import Check


class CampaignNotFound(DomainError):
    """Say that a campaign is not there (any more)."""

    code = "campaign_not_found"

    def __init__(self, campaign_id: UUID) -> None:
        super().__init__("there is no such campaign", campaign_id=str(campaign_id))
        self.campaign_id = campaign_id


class CampaignClosed(DomainError):
    """Say that a campaign was closed for good and cannot be changed."""

    code = "campaign_closed"

    def __init__(self) -> None:
        super().__init__("this campaign is closed for good: create another one")


class ConfigurationNotFound(DomainError):
    """Say that a configuration is not there (any more)."""

    code = "configuration_not_found"

    def __init__(self, configuration_id: UUID) -> None:
        super().__init__("there is no such configuration", configuration_id=str(configuration_id))


class ConfigurationInUse(DomainError):
    """Say that a campaign follows the configuration, so that it cannot go."""

    code = "configuration_in_use"

    def __init__(self) -> None:
        super().__init__("a campaign uses this configuration: give that one another first")


class DuplicateExternalId(DomainError):
    """Say that another campaign of the organization has this external id."""

    code = "duplicate_external_id"

    def __init__(self, external_id: str) -> None:
        super().__init__("another campaign has this external id", external_id=external_id)
        self.external_id = external_id


class ForeignReference(DomainError):
    """Say that a field names something the organization does not have (or has deleted)."""

    code = "foreign_reference"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: there is no such {field.replace('_', ' ')}", field=field)
        self.field = field


class NotReady(DomainError):
    """Say what is missing before a campaign can start."""

    code = "not_ready"

    def __init__(self, checks: Sequence[Check]) -> None:
        self.missing = tuple(check for check in checks if check.status == "missing")
        keys = [check.key for check in self.missing]
        super().__init__(f"the campaign cannot start yet, missing: {', '.join(keys)}", missing=keys)
        self.checks = tuple(checks)


class StageNotFound(DomainError):
    """Say that a stage is not there (any more)."""

    code = "stage_not_found"

    def __init__(self) -> None:
        super().__init__("there is no such stage")


class DuplicateStage(DomainError):
    """Say that another stage of the campaign has this key."""

    code = "duplicate_stage"

    def __init__(self, key: str) -> None:
        super().__init__("another stage of this campaign has this key", key=key)


class SystemStage(DomainError):
    """Say that a stage every campaign has cannot be taken away."""

    code = "system_stage"

    def __init__(self) -> None:
        super().__init__("this is one of the four stages every campaign has: it can be renamed, not deleted")


class TooManyStages(DomainError):
    """Say that the board is full."""

    code = "too_many_stages"

    def __init__(self, most: int) -> None:
        super().__init__(f"a campaign has at most {most} stages", most=most)
