"""What targets' services refuse, in domain words."""

from __future__ import annotations

from datetime import UTC, datetime

from lib.errors import DomainError


class CampaignNotOpen(DomainError):
    """Say that nobody can be enrolled any more: the campaign is closed or completed for good."""

    code = "campaign_not_open"


class TargetNotFound(DomainError):
    """Say that a target is not there (any more)."""

    code = "target_not_found"

    def __init__(self) -> None:
        super().__init__("there is no such contact in this campaign")


class ReviewDecided(DomainError):
    """Say that a question was answered before, how, and when."""

    code = "review_decided"

    def __init__(self, decision: str, at: datetime) -> None:
        said = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        super().__init__(f"this was decided already: {decision}, at {said}", decision=decision, at=said)


class ReviewNotAllowed(DomainError):
    """Say that the person may read questions and not answer them."""

    code = "review_not_allowed"

    def __init__(self) -> None:
        super().__init__("your role does not allow you to decide this; ask an operator of the organization")


class TargetInContact(DomainError):
    """Say that an attempt to reach the person is under way, so that the outreach cannot end now."""

    code = "target_in_contact"

    def __init__(self) -> None:
        super().__init__("an attempt to reach this person is under way; decide when it has ended")


class CallbackNotPossible(DomainError):
    """Say that nobody can be promised a call any more, and why."""

    code = "callback_not_possible"

    def __init__(self, why: str) -> None:
        super().__init__(f"this person cannot be called back: {why}", why=why)


class AnalyzerAway(DomainError):
    """Say that nobody can read a conversation just now."""

    code = "analyzer_away"

    def __init__(self) -> None:
        super().__init__("the analyzer does not answer: try again in a while")


class NoAddress(DomainError):
    """Say that a person cannot be reached: there is neither an email address nor a phone number."""

    code = "no_address"

    def __init__(self) -> None:
        super().__init__("give an email address or a phone number: there is no other way to reach this person")


class AttemptsUnderWay(DomainError):
    """Say that attempts cannot be removed yet: one is under way, or its address still has to be left alone."""

    code = "attempts_under_way"

    def __init__(self) -> None:
        super().__init__("a contact is under way or was made a moment ago: try again when its quiet time is over")
