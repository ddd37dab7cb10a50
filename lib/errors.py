"""The base of every error the domain answers with. Each dialect maps codes to its own status and body."""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """Say that what was asked cannot be done, in words for the person who asked.

    `code` names the kind of error and never changes; `data` holds plain values a dialect may put into its answer.
    Neither the message nor the data may contain personal data or secrets: both end up in logs.
    """

    code: ClassVar[str] = "domain_error"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class InvalidField(DomainError):
    """Say that the value of one field is not acceptable, and why. The reason never repeats the value."""

    code = "invalid_field"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}", field=field, reason=reason)
        self.field = field
        self.reason = reason
