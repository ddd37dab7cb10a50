"""Find the agent and the line that something outside names: by our own id, or by what the provider calls them.

A number is known by itself, too. Where nothing is named and an organization has one alone, that one is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from campaigns.models import Campaign
from organizations.models import Agent, PhoneNumber

Row = TypeVar("Row", Agent, PhoneNumber)


@dataclass(frozen=True, slots=True)
class Speakers:
    """Everybody who may speak for an organization, and every line they may call from, by each of their names."""

    agents: Mapping[str, Agent] = field(default_factory=dict)
    lines: Mapping[str, PhoneNumber] = field(default_factory=dict)

    @classmethod
    def of(cls, organization_id: UUID) -> Speakers:
        """Read them: two queries."""
        return cls(_agents(organization_id), _lines(organization_id))

    @property
    def only_agent(self) -> Agent | None:
        return _only(self.agents.values())

    @property
    def only_line(self) -> PhoneNumber | None:
        return _only(self.lines.values())


def speaking_for(campaign: Campaign, speakers: Speakers | None = None) -> tuple[Agent | None, PhoneNumber | None]:
    """Return who speaks for a campaign and from which number: as its configuration names them, else its own, else those
    of an organization that has one alone. `speakers`, where they are read already, are the organization's.

    A name that leads to nobody leaves nobody, so that no call is made by somebody else. A campaign that is neither ad
    hoc nor has a configuration has its own or none.
    """
    configuration = campaign.configuration
    if configuration is None and not campaign.is_adhoc:
        return campaign.agent, campaign.phone_number
    known = speakers or Speakers.of(campaign.organization_id)
    agent_name = configuration.agent_external_id if configuration else ""
    line_name = configuration.agent_number if configuration else ""
    return (
        known.agents.get(agent_name) if agent_name else campaign.agent or known.only_agent,
        known.lines.get(line_name) if line_name else campaign.phone_number or known.only_line,
    )


def find_agent(organization_id: UUID, name: str) -> Agent | None:
    """Return the agent of an organization that has this name, None where none has."""
    return _agents(organization_id).get(name)


def find_line(organization_id: UUID, name: str) -> PhoneNumber | None:
    """Return the number of an organization that has this name, None where none has."""
    return _lines(organization_id).get(name)


def _agents(organization_id: UUID) -> dict[str, Agent]:
    # The newest first, so that of two with one name the oldest is meant; our own ids are nobody else's names.
    rows = Agent.objects.for_organization(organization_id).select_related("provider_account").order_by("-created_at")
    agents = list(rows)
    return {a.external_id: a for a in agents if a.external_id} | {str(a.pk): a for a in agents}


def _lines(organization_id: UUID) -> dict[str, PhoneNumber]:
    rows = PhoneNumber.objects.for_organization(organization_id).order_by("-created_at")
    lines = list(rows)
    return (
        {line.external_id: line for line in lines if line.external_id}
        | {line.number: line for line in lines}
        | {str(line.pk): line for line in lines}
    )


def _only(rows: Iterable[Row]) -> Row | None:
    different = {row.pk: row for row in rows}
    return next(iter(different.values())) if len(different) == 1 else None
