"""Say what a campaign wants: typed objectives, and the pure rule of when they are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lib.errors import DomainError


def _number(value: Any) -> Any:
    """Refuse a text or a truth value, which would otherwise be read as a number."""
    if isinstance(value, bool | str):
        raise ValueError("Input should be a number")
    return value


Count = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_number)]
Score = Annotated[float, Field(ge=0, le=1), BeforeValidator(_number)]


class InvalidGoal(DomainError):
    """Say that a goal specification is not one; `errors` locate each fault."""

    code = "invalid_goal"

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("the goal specification is not valid", errors=errors)
        self.errors = errors


class _Objective(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ContactObjective(_Objective):
    """Reach the person: calls answered plus WhatsApp messages sent, over `channels` (none = any)."""

    type: Literal["contact"] = "contact"
    channels: list[Literal["call", "whatsapp"]] | None = None
    min_count: Count = 1


class EmailObjective(_Objective):
    """Send the person email."""

    type: Literal["email"] = "email"
    min_count: Count = 1


class AiObjective(_Objective):
    """Hear from the person what was hoped for (no labels = positive), with at least `min_score`."""

    type: Literal["ai"] = "ai"
    label_in: list[Literal["positive", "negative", "neutral"]] | None = None
    min_score: Score = 0.0


Objective = Annotated[ContactObjective | EmailObjective | AiObjective, Field(discriminator="type")]


class GoalSpec(BaseModel):
    """The objectives of a campaign. None of them means the goal is never met."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objectives: list[Objective] = Field(default_factory=list, max_length=20)

    @property
    def needs_analysis(self) -> bool:
        """Say whether somebody has to read the conversation."""
        return any(isinstance(objective, AiObjective) for objective in self.objectives)


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """What is known of one target."""

    calls_answered: int = 0
    whatsapp_sent: int = 0
    email_sent: int = 0
    ai_label: str = "unknown"
    ai_score: float | None = None


# The goal of a campaign that is over with a person once they have answered a call. It is put into words as well, so
# that what people say is read: whoever asks not to be called again is heard.
ANSWERED_ONCE: Mapping[str, Any] = {
    "goal": "The person takes the call and hears what it is about.",
    "goal_spec": {"objectives": [{"type": "contact", "channels": ["call"], "min_count": 1}]},
}


def parse_goal_spec(data: Mapping[str, Any] | None) -> GoalSpec:
    """Read ``{"objectives": […]}``; an objective without a type is a contact. Raises `InvalidGoal`."""
    try:
        return GoalSpec.model_validate(_with_types(data or {}))
    except ValidationError as error:
        raise InvalidGoal(
            [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors(include_url=False)]
        ) from error


def stored_goal(data: Any) -> GoalSpec:
    """Read what is stored as a campaign's specification; where nobody can read it, one that is never met."""
    return _readable(data) or GoalSpec()


def is_readable_goal(data: Any) -> bool:
    """Say whether a stored specification is one; written past the services, it may have any shape."""
    return _readable(data) is not None


def _readable(data: Any) -> GoalSpec | None:
    try:
        return parse_goal_spec(data)
    except (InvalidGoal, TypeError, AttributeError):
        return None


def _with_types(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return `data` with each objective's omitted type filled in from the fields only one kind has."""
    objectives = data.get("objectives")
    if not isinstance(objectives, list):
        return {**data, "objectives": [] if objectives is None else objectives}
    return {**data, "objectives": [_with_type(objective) for objective in objectives]}


def _with_type(objective: Any) -> Any:
    if not isinstance(objective, dict) or "type" in objective:
        return objective
    is_ai = "label_in" in objective or "min_score" in objective
    return {**objective, "type": "ai" if is_ai else "contact"}


def goal_met(spec: GoalSpec, logic: str, facts: GoalFacts) -> bool:
    """Say whether `facts` meet the objectives, joined by `logic` (``all`` or ``any``). No objectives: never."""
    met = [_objective_met(objective, facts) for objective in spec.objectives]
    return bool(met) and (all(met) if logic == "all" else any(met))


def _objective_met(objective: ContactObjective | EmailObjective | AiObjective, facts: GoalFacts) -> bool:
    match objective:
        case ContactObjective(channels=channels, min_count=least):
            counted = {"call": facts.calls_answered, "whatsapp": facts.whatsapp_sent}
            return sum(counted[channel] for channel in set(channels or counted)) >= least
        case EmailObjective(min_count=least):
            return facts.email_sent >= least
        case AiObjective(label_in=labels, min_score=least_score):
            wanted = labels or ["positive"]
            return facts.ai_label in wanted and (facts.ai_score or 0.0) >= least_score
