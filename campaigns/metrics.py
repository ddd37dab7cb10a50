"""Turn a campaign's counters into the numbers people read. Pure: no queries, the same cost for any size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

_UNFINISHED_STATES = ("ready", "contacting", "verifying", "review")


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """How far a campaign has come with its contacts (targets that are not deleted)."""

    contacts_total: int
    contacts_contacted: int
    contacts_remaining: int  # something is still to happen
    contacts_to_recall: int  # called before, to be called again
    contacts_failed: int  # nothing more will happen, and the goal was not met
    contacts_succeeded: int
    progress: float  # share of contacts with which nothing more will happen, 0..1

    @property
    def contacts_done(self) -> int:
        """Contacts with which nothing more will happen."""
        return self.contacts_total - self.contacts_remaining

    @classmethod
    def of(cls, counters: Mapping[str, int]) -> Self:
        """Read the progress from one campaign's counters, as `campaigns.counters.read_counters` returns them."""
        total = counters.get("targets", 0)
        remaining = sum(counters.get(f"targets.state.{state}", 0) for state in _UNFINISHED_STATES)
        return cls(
            contacts_total=total,
            contacts_contacted=counters.get("targets.contacted", 0),
            contacts_remaining=remaining,
            contacts_to_recall=counters.get("targets.recall", 0),
            contacts_failed=counters.get("targets.failed", 0),
            contacts_succeeded=counters.get("targets.succeeded", 0),
            progress=share(total - remaining, total),
        )


@dataclass(frozen=True, slots=True)
class CampaignMetrics:
    """Every number of a campaign. Rates are 0..1: contacts out of all, the others out of those contacted."""

    contacts_total: int
    contacts_contacted: int
    contacts_not_contacted: int
    contacts_remaining: int
    contacts_to_recall: int
    contacts_failed: int
    contacts_succeeded: int
    appointments_booked: int
    appointments_upcoming: int
    calls_total: int
    calls_pending: int
    calls_in_progress: int
    calls_answered: int
    calls_busy: int
    calls_no_answer: int
    calls_voicemail: int
    calls_failed: int  # every other end, so that the seven add up to the total
    next_call_at: datetime | None
    active_work_items: int  # calls and messages on their way
    outbox_pending_total: int  # messages on their way
    whatsapp_pending: int
    email_pending: int
    action_required_total: int
    follow_up_required_total: int
    callback_requested_total: int
    escalation_required_total: int
    campaign_goal_missed_total: int
    negative_sentiment_total: int
    whatsapp_sent_total: int
    email_sent_total: int
    contact_rate: float
    success_rate: float
    appointment_rate: float

    @classmethod
    def of(
        cls,
        counters: Mapping[str, int],
        *,
        next_call_at: datetime | None = None,
        appointments_booked: int = 0,
        appointments_upcoming: int = 0,
    ) -> Self:
        """Read the metrics from one campaign's counters, and from what only the targets' own tables know."""
        contacts = CampaignProgress.of(counters)
        calls = _calls(counters)
        whatsapp, email = (_on_their_way(counters, channel) for channel in ("whatsapp", "email"))
        return cls(
            contacts_total=contacts.contacts_total,
            contacts_contacted=contacts.contacts_contacted,
            contacts_not_contacted=contacts.contacts_total - contacts.contacts_contacted,
            contacts_remaining=contacts.contacts_remaining,
            contacts_to_recall=contacts.contacts_to_recall,
            contacts_failed=contacts.contacts_failed,
            contacts_succeeded=contacts.contacts_succeeded,
            appointments_booked=appointments_booked,
            appointments_upcoming=appointments_upcoming,
            **calls,
            next_call_at=next_call_at,
            active_work_items=calls["calls_pending"] + calls["calls_in_progress"] + whatsapp + email,
            outbox_pending_total=whatsapp + email,
            whatsapp_pending=whatsapp,
            email_pending=email,
            action_required_total=counters.get("targets.action", 0),
            follow_up_required_total=counters.get("targets.action.follow_up", 0),
            callback_requested_total=counters.get("targets.action.callback", 0),
            escalation_required_total=counters.get("targets.action.escalation", 0),
            campaign_goal_missed_total=counters.get("targets.action.missed_goal", 0),
            negative_sentiment_total=counters.get("targets.action.negative_sentiment", 0),
            whatsapp_sent_total=counters.get("attempts.whatsapp.sent", 0),
            email_sent_total=counters.get("attempts.email.sent", 0),
            contact_rate=share(contacts.contacts_contacted, contacts.contacts_total),
            success_rate=share(contacts.contacts_succeeded, contacts.contacts_contacted),
            appointment_rate=share(appointments_booked, contacts.contacts_contacted),
        )


def share(part: int, whole: int) -> float:
    """Return `part` of `whole` as a number from 0 to 1; 0 where there is no whole."""
    # A goal may be met, and several appointments made, without a contact of ours: more than all is all.
    return min(part / whole, 1.0) if whole else 0.0


def _calls(counters: Mapping[str, int]) -> dict[str, int]:
    kinds = ("pending", "in_progress", "answered", "busy", "no_answer", "voicemail")
    calls = {f"calls_{kind}": counters.get(f"attempts.call.{kind}", 0) for kind in kinds}
    total = counters.get("attempts.call", 0)
    return {"calls_total": total, **calls, "calls_failed": total - sum(calls.values())}


def _on_their_way(counters: Mapping[str, int], channel: str) -> int:
    return counters.get(f"attempts.{channel}.pending", 0) + counters.get(f"attempts.{channel}.in_progress", 0)
