"""Make generated requests reach something: ids that exist, or are globex's, in place of ids that lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import UUID

from schemathesis import Case

# What a property that holds an id refers to, by the slot in `population`.
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "agent_id": ("agent_id",),
    "agentId": ("agent_id",),
    "assigned_agent_id": ("agent_id",),
    "customer_agent_id": ("agent_id",),
    "phone_number_id": ("phone_number_id",),
    "phoneNumberId": ("phone_number_id",),
    "whatsapp_channel_id": ("whatsapp_channel_id",),
    "email_channel_id": ("email_channel_id",),
    "configuration_id": ("config_id", "used_config"),
    "campaign_id": ("campaign_id", "used_campaign"),
    "customer_id": ("customer_id", "used_customer"),
    "contactIds": ("customer_id", "used_customer"),
    "id": ("contact_id",),
}
# In paths the dialects call rows by other names.
_IN_PATHS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "umanize": {},
    "agentalk": {"campaign_id": ("campaign_id", "used_campaign"), "contact_id": ("customer_id", "used_customer")},
    "anyreach": {"id": ("used_campaign",), "config_id": ("config_id", "used_config")},
}
_STAGES = ("new", "active", "won", "lost")


class Aim:
    """Chooses ids by its own seeded randomness, so that a run can be repeated; `ours` are the rows to name."""

    def __init__(self, dialect: str, theirs: Mapping[str, str], random: Random) -> None:
        self._in_paths, self._theirs, self._random = _IN_PATHS[dialect], theirs, random
        self._takes_any_text = dialect == "anyreach"
        self.ours: Mapping[str, str] = {}

    def at(self, case: Case[Any]) -> None:
        """Let a request name rows that exist: mostly of ours, now and then globex's, or what was generated."""
        if case.path_parameters:
            slots = {name: self._in_paths.get(name, (name,)) for name in case.path_parameters}
            sent = case.path_parameters.items()
            case.path_parameters = {name: self._in_path(value, slots[name]) for name, value in sent}
        if isinstance(case.body, dict | list):
            case.body = self._at_values(case.body)
        if case.query:
            case.query = self._at_values(dict(case.query))

    def _in_path(self, value: Any, slots: tuple[str, ...]) -> Any:
        # What was generated as no id where only an id is allowed is to be refused as that.
        return self._id(value, slots, generated=0.1) if self._takes_any_text or _is_uuid(value) else value

    def _at_values(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._at_values(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._at_values(inner, name) for inner in value]
        if name == "stage" and isinstance(value, str) and self._random.random() < 0.5:
            return self._random.choice(_STAGES)
        if name in _REFERENCES and isinstance(value, str) and (_is_uuid(value) or name == "contactIds"):
            return self._id(value, _REFERENCES[name], generated=0.2)
        return value

    def _id(self, value: Any, slots: tuple[str, ...], *, generated: float) -> Any:
        drawn, slot = self._random.random(), self._random.choice(slots)
        if drawn < generated or slot not in self.ours:
            return value
        return self._theirs[slot] if drawn < generated + 0.1 else self.ours[slot]


def _is_uuid(text: Any) -> bool:
    try:
        UUID(text)
    except (ValueError, TypeError, AttributeError):
        return False
    return True
