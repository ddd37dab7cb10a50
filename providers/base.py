"""Define the contract between the engine and the outside world.

An adapter translates one vendor's words into these types and nothing else. The vendor's raw answer is always
kept beside the translation, and a word the adapter does not know becomes ``UNKNOWN`` instead of an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Protocol


class ProviderError(Exception):
    """Say that a provider could not answer a read (a look-up or an analysis).

    ``permanent`` is True where asking again cannot help. Submissions never raise: they return a `SubmitResult`.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class SignatureError(Exception):
    """Say that a webhook is not authentic. Nothing of its body may be stored."""


# --- submitting -----------------------------------------------------------------------------------------------


class RefusalCode(StrEnum):
    """Why a provider definitely did not do what was asked."""

    INVALID_ADDRESS = "invalid_address"  # this person cannot be reached there: another address or none
    OPTED_OUT = "opted_out"  # the person told the provider to stop
    OUTSIDE_SESSION = "outside_session"  # WhatsApp: free text outside the 24 h window, a template is needed
    RATE_LIMITED = "rate_limited"  # too fast: wait
    NO_CAPACITY = "no_capacity"  # too many at once: wait for a slot
    UNREACHABLE = "unreachable"  # the request never left us (connection refused, DNS)
    UNAUTHORIZED = "unauthorized"  # credentials or billing: the account must be stopped
    MISCONFIGURED = "misconfigured"  # our request was wrong (agent, template, number id)
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the request and gave it an id of its own."""

    provider_id: str
    secondary_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider certainly did not do it, so the attempt may be made again under a new identity."""

    code: RefusalCode
    message: str
    retry_after_seconds: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    is_of_one_address: bool = False  # where it asks to wait: others may be written to through the account meanwhile


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody here can tell whether it happened (time-out, reset, 5xx, unreadable success). Never repeat it blindly."""

    reason: str


SubmitResult = Accepted | Refused | InDoubt


@dataclass(frozen=True, slots=True)
class CallRequest:
    """Everything needed to place one call. `reference` is our attempt's id, the same on every look-up."""

    reference: str
    to_number: str
    agent_external_id: str
    from_external_id: str
    variables: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    first_message: str = ""
    language: str = ""
    agent_config: Mapping[str, Any] = field(default_factory=dict)  # overrides of the agent, in the provider's own words
    ringing_timeout_seconds: int = 60


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """One outgoing WhatsApp message or email. Text where the channel allows it, else a template."""

    reference: str
    to_address: str
    from_external_id: str
    text: str = ""
    subject: str = ""
    template_name: str = ""
    template_language: str = ""
    template_parameters: Sequence[str] = ()
    html: str = ""  # email: the same words as `text`, for mail programs that show HTML
    reply_to: str = ""
    unsubscribe_url: str = ""
    unsubscribe_address: str = ""


# --- hearing back ---------------------------------------------------------------------------------------------


class CallPhase(IntEnum):
    """How far a call has come. Facts may arrive in any order; a phase never goes down."""

    PLACED = 0
    RINGING = 1
    ANSWERED = 2
    ENDED = 3


class CallOutcome(StrEnum):
    """How a call ended, in the words every layer above uses."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Speaker(StrEnum):
    AGENT = "agent"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said. `at_seconds` counts from the start of the conversation."""

    speaker: Speaker
    text: str
    at_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CallReport:
    """What the provider says of one call, from a webhook or a look-up alike."""

    provider_id: str
    phase: CallPhase
    outcome: CallOutcome | None = None  # None until the phase is ENDED
    reference: str = ""  # our attempt's id, where the provider echoes it
    to_number: str = ""  # E.164, where the provider tells it
    variables: Mapping[str, Any] = field(default_factory=dict)  # those of the request, where the provider echoes them
    started_at: datetime | None = None
    duration_seconds: int | None = None
    turns: Sequence[Turn] = ()
    summary: str = ""
    summary_title: str = ""
    call_successful: str = ""  # the vendor's own success | failure | unknown
    termination_reason: str = ""
    collected: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


class DeliveryStatus(StrEnum):
    """How far a message has come. Ordered by `DELIVERY_RANK`, or `EMAIL_DELIVERY_RANK`; it never goes back."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


DELIVERY_RANK: Mapping[DeliveryStatus, int] = {
    DeliveryStatus.UNKNOWN: 0,
    DeliveryStatus.ACCEPTED: 1,
    DeliveryStatus.SENT: 2,
    DeliveryStatus.FAILED: 3,
    DeliveryStatus.DELIVERED: 4,
    DeliveryStatus.READ: 5,
}
# The receiving server that took an email may still send it back; one that was opened has arrived whatever came back.
EMAIL_DELIVERY_RANK: Mapping[DeliveryStatus, int] = {
    **DELIVERY_RANK,
    DeliveryStatus.DELIVERED: DELIVERY_RANK[DeliveryStatus.FAILED],
    DeliveryStatus.FAILED: DELIVERY_RANK[DeliveryStatus.DELIVERED],
}


@dataclass(frozen=True, slots=True)
class CallEvent:
    """A webhook's news of a call."""

    report: CallReport


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """A webhook's news of a message we sent."""

    provider_id: str
    status: DeliveryStatus
    reference: str = ""
    at: datetime | None = None
    refusal: Refused | None = None  # set where status is FAILED
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """A message a person sent to us."""

    provider_id: str
    from_address: str  # E.164 with +, or "" where the vendor hides it
    text: str
    at: datetime | None = None
    sender_id: str = ""  # the vendor's stable id of the sender, where there is one
    reply_to_provider_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PreferenceEvent:
    """A person told the provider to stop, or to resume, messages; or nobody can be reached at the address any more.

    `reference` and `provider_id` name the message of ours that gave rise to it, where the vendor tells.
    """

    from_address: str  # E.164 with + or an email address, "" where the vendor hides it
    stop: bool
    at: datetime | None = None
    sender_id: str = ""  # the vendor's stable id of the person, where there is one
    reference: str = ""
    provider_id: str = ""
    reason: str = ""  # of an email service: complained, unsubscribed, bounced
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IgnoredEvent:
    """A webhook we understand to need no action, or do not understand: stored, answered, nothing else."""

    kind: str


ProviderEvent = CallEvent | DeliveryEvent | InboundEvent | PreferenceEvent | IgnoredEvent


# --- the adapters ---------------------------------------------------------------------------------------------


class VoiceProvider(Protocol):
    """Place calls and look them up. No method retries a submission by itself."""

    finds_by_reference: bool  # whether `find_call` can prove that a call was never placed
    list_lag_seconds: float  # how long a placed call may be missing from the provider's list

    def place_call(self, request: CallRequest) -> SubmitResult: ...

    def fetch_call(self, provider_id: str) -> CallReport | None:
        """Return the call's report, None where the provider knows no such call. Raises `ProviderError`."""

    def find_call(self, reference: str, *, since: datetime) -> CallReport | None:
        """Return the call placed with `reference` since then, None where none was. Raises `ProviderError`."""

    def list_calls(self, since: datetime) -> Iterator[CallReport]:
        """Yield every call of ours placed since then, in any order and whoever asked for it. Raises `ProviderError`.

        A moment's lag of the provider's clock is allowed for, so somewhat older calls may be among them.
        """


class MessageProvider(Protocol):
    """Send one message."""

    def send_message(self, request: MessageRequest) -> SubmitResult: ...


class WebhookReceiver(Protocol):
    """Authenticate and translate one vendor's webhooks. Stateless: secrets and time are arguments."""

    name: str

    def verify(self, body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: datetime) -> None:
        """Raise `SignatureError` unless one of `secrets` signed these bytes recently. Header names are lower case."""

    def event_key(self, body: bytes) -> str:
        """Return the key under which a second delivery of the same event is recognised. Never raises."""

    def parse(self, body: bytes) -> Sequence[ProviderEvent]:
        """Return the events in the body. A body that cannot be read is one `IgnoredEvent`. Never raises."""
