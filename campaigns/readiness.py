"""Say whether a campaign can start, and if not, what its owner has to do first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from campaigns.counters import read_counters
from campaigns.goals import is_readable_goal, stored_goal
from campaigns.models import Campaign
from campaigns.policy import ContactPolicy
from campaigns.speakers import speaking_for
from lib.windows import describe
from organizations.models import Agent, PhoneNumber

CheckStatus = Literal["ready", "warning", "missing"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a campaign needs. `missing` forbids the start, `warning` does not; `action` is what to do about it."""

    key: str
    label: str
    status: CheckStatus
    detail: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """All the checks of one campaign, in the order people work through them."""

    checks: tuple[Check, ...]

    @property
    def can_start(self) -> bool:
        return all(check.status != "missing" for check in self.checks)

    @property
    def ready_count(self) -> int:
        return sum(check.status == "ready" for check in self.checks)

    @property
    def total_count(self) -> int:
        return len(self.checks)


def check_readiness(campaign: Campaign) -> Readiness:
    """Check what `campaign` needs to reach people. Follows its relations and reads its counters."""
    agent, number = speaking_for(campaign)
    return Readiness(
        (
            _agent(agent),
            _phone_number(number),
            _targets(campaign),
            _goal(campaign),
            _working_hours(campaign),
            _call_opening_message(campaign, agent),
            _whatsapp_channel(campaign),
        )
    )


def _agent(agent: Agent | None) -> Check:
    key, label = "agent", "Voice agent"
    if agent is None or agent.is_deleted:
        return Check(key, label, "missing", "Nobody speaks for this campaign.", "Choose an agent.")
    if not agent.external_id:
        return Check(
            key, label, "missing", "The agent is unknown to the voice provider.", "Set the agent's provider id."
        )
    return Check(key, label, "ready", f"{agent.name} speaks for this campaign.")


def _phone_number(number: PhoneNumber | None) -> Check:
    key, label = "phone_number", "Phone number"
    if number is None or number.is_deleted:
        return Check(key, label, "missing", "There is no number to call from.", "Choose a phone number.")
    return Check(key, label, "ready", f"Calls are placed from {number}.")


def _targets(campaign: Campaign) -> Check:
    count = read_counters([campaign.pk])[campaign.pk].get("targets", 0)
    if not count:
        return Check("targets", "Contacts", "missing", "There is nobody to contact.", "Add customers to the campaign.")
    return Check("targets", "Contacts", "ready", f"{count} to contact.")


def _goal(campaign: Campaign) -> Check:
    key, label = "goal", "Goal"
    if not is_readable_goal(campaign.goal_spec):
        return Check(key, label, "missing", "The stored goal cannot be read.", "Write the objectives anew.")
    spec = stored_goal(campaign.goal_spec)
    if not spec.objectives:
        return Check(key, label, "warning", "Without objectives no contact ever counts as succeeded.", "Set a goal.")
    if spec.needs_analysis and not campaign.goal:
        return Check(
            key, label, "warning", "Conversations are judged without knowing the goal.", "Describe the goal in words."
        )
    return Check(key, label, "ready", f"{len(spec.objectives)} to meet ({campaign.goal_logic}).")


def _working_hours(campaign: Campaign) -> Check:
    key, label = "working_hours", "Working hours"
    policy = ContactPolicy.of(campaign)
    calendar = policy.calendar
    if policy.is_unreadable:
        return Check(
            key, label, "missing", "The stored rules of contact cannot be read.", "Write the time windows anew."
        )
    schedules = [calendar.windows, *calendar.overrides.values()]
    if not any(window.days for windows in schedules for window in windows):
        return Check(key, label, "missing", "Nobody may be contacted at any time.", "Set at least one time window.")
    return Check(key, label, "ready", f"{describe(calendar.windows)}, in each person's own time.")


def _call_opening_message(campaign: Campaign, agent: Agent | None) -> Check:
    key, label = "call_opening_message", "Opening message"
    if campaign.call_opening_message:
        return Check(key, label, "ready", "The campaign has its own.")
    if agent and agent.opening_message:
        return Check(key, label, "ready", "The agent's own is used.")
    return Check(key, label, "warning", "The voice provider's default is used.", "Write an opening message.")


def _whatsapp_channel(campaign: Campaign) -> Check:
    key, label = "whatsapp_channel", "WhatsApp channel"
    channel = campaign.whatsapp_channel
    has_channel, has_message = bool(channel and not channel.is_deleted), bool(campaign.whatsapp_first_message)
    if has_channel and has_message:
        return Check(key, label, "ready", f"Messages are sent from {channel}.")
    goes_first = campaign.first_contact_channel == Campaign.Channel.WHATSAPP
    if not goes_first and not campaign.whatsapp_channel_id and not has_message:
        return Check(key, label, "ready", "WhatsApp is not used.")
    lacking = "message" if has_channel else "channel"
    action = "Write the WhatsApp message." if has_channel else "Choose a WhatsApp channel."
    status: CheckStatus = "missing" if goes_first else "warning"
    return Check(key, label, status, f"No WhatsApp goes out: there is no {lacking}.", action)
