"""Say what differs by how a call ended: how soon it is made again, how often, at which number, and what follows then.

Nothing here can allow more calls than the campaign's delays do: a rule only chooses among the calls there are.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from lib.errors import InvalidField

MOST_DELAYS = 20
LONGEST_DELAY_MINUTES = 525_600  # a year

Minutes = Annotated[int, Field(strict=True, ge=0, le=LONGEST_DELAY_MINUTES)]
Times = Annotated[int, Field(strict=True, ge=0, le=MOST_DELAYS)]
Seconds = Annotated[int, Field(strict=True, ge=0, le=600)]


class CallEnd(StrEnum):
    """How a call ended, as rules tell ends apart. All but `FAILED` use up one of the person's calls."""

    ANSWERED = "answered"
    SHORT_CALL = "short_call"  # answered, and over before the person said anything to the purpose
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    FAILED = "failed"  # a technical failure, the provider's or ours: the person never had their turn
    UNCLEAR = "unclear"  # nobody knows, so it counts as a call made


class Then(StrEnum):
    """What follows once a rule's own tries are over."""

    NEXT_STEP = "next_step"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    STOP = "stop"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Model):
    """What happens after a call that ended in one way.

    `delays_minutes` are the waits after the first, second, … such call, the last of them for all further ones; without
    any the campaign's own delays hold. `maximum` is how often it is tried again because of this end, as often as there
    are delays unless said. `next_number` says whether the person's next number is tried or the same one again.
    """

    delays_minutes: Annotated[tuple[Minutes, ...], Field(max_length=MOST_DELAYS)] = ()
    maximum: Times | None = None
    then: Then = Then.NEXT_STEP
    next_number: StrictBool = True

    @property
    def tries(self) -> int | None:
        """How often the rule tries again; None where only the campaign's calls limit it."""
        return self.maximum if self.maximum is not None else len(self.delays_minutes) or None

    def delay(self, ended_so: int) -> timedelta | None:
        """Return the wait after the `ended_so`-th such call, counted from 1; None: the campaign's own."""
        if not self.delays_minutes:
            return None
        return timedelta(minutes=self.delays_minutes[min(ended_so, len(self.delays_minutes)) - 1])

    def is_spent(self, ended_so: int) -> bool:
        """Say whether nothing more is tried under this rule after `ended_so` calls that ended this way."""
        return self.tries is not None and ended_so > self.tries


class VoicemailRule(Rule):
    """As every rule; `another_time_of_day` keeps the next call some hours off the time at which nobody was there."""

    another_time_of_day: StrictBool = False


class FailureRule(Rule):
    """As every rule, for technical failures in a row: they use up none of the person's calls, so this alone ends them.

    Once the tries are over a message may take the calls' place; without one the person counts as unreachable.
    """

    delays_minutes: Annotated[tuple[Minutes, ...], Field(min_length=1, max_length=MOST_DELAYS)] = (5, 15, 60, 240)
    then: Literal[Then.WHATSAPP, Then.EMAIL, Then.STOP] = Then.STOP


class RetryPolicy(_Model):
    """The rules by outcome. An outcome without one follows the campaign's delays."""

    busy: Rule | None = None
    no_answer: Rule | None = None
    voicemail: VoicemailRule | None = None
    short_call: Rule | None = None
    failed: FailureRule = FailureRule()
    short_call_seconds: Seconds = 10

    def rule_for(self, end: CallEnd) -> Rule | None:
        """Return the rule for calls that ended so, None where the campaign's delays alone decide."""
        match end:
            case CallEnd.BUSY:
                return self.busy
            case CallEnd.NO_ANSWER:
                return self.no_answer
            case CallEnd.VOICEMAIL:
                return self.voicemail
            case CallEnd.SHORT_CALL:
                return self.short_call
            case CallEnd.FAILED:
                return self.failed
            case _:
                return None


def parse_retry_policy(value: Any, *, field: str = "retry_policy") -> RetryPolicy:
    """Read the stored or sent form, such as ``{"busy": {"delays_minutes": [5, 15], "then": "whatsapp"}}``.

    Raises InvalidField for `field`, whose reason names the place of the first fault.
    """
    try:
        return RetryPolicy.model_validate(value)
    except ValidationError as error:
        raise InvalidField(field, _reason(error)) from error


def stored_retry_policy(value: Any, *, field: str = "retry_policy") -> dict[str, Any]:
    """Return `value`, None for no rules, as it is stored: checked, no more than was said. Raises InvalidField."""
    return parse_retry_policy({} if value is None else value, field=field).model_dump(mode="json", exclude_unset=True)


# Faults that pydantic would tell in its own words and not in those of whoever wrote the rules.
_FAULTS = {
    "model_type": "this must be an object",
    "tuple_type": "this must be a list of whole minutes",
    "too_short": "there must be at least one delay",
    "too_long": f"there may be at most {MOST_DELAYS} delays",
    "literal_error": "what follows technical failures is whatsapp, email or stop",
}


def _reason(error: ValidationError) -> str:
    """Say where the first fault is and what it is. A key that is unknown is not repeated: it may be anything."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = [str(part) for part in fault["loc"]]
    if fault["type"] == "extra_forbidden":
        known = RetryPolicy if len(place) == 1 else VoicemailRule if place[0] == "voicemail" else Rule
        return f"{_within(place[:-1])}there is no such entry, only {', '.join(known.model_fields)}"
    message = _FAULTS.get(fault["type"], fault["msg"])
    return f"{_within(place)}{message[0].lower()}{message[1:]}"


def _within(place: list[str]) -> str:
    return f"{'.'.join(place)}: " if place else ""


ENDS_IN_WORDS = {
    CallEnd.BUSY: "busy",
    CallEnd.NO_ANSWER: "no answer",
    CallEnd.VOICEMAIL: "voicemail",
    CallEnd.SHORT_CALL: "short call",
    CallEnd.FAILED: "technical failure",
}
_THEN_IN_WORDS = {Then.WHATSAPP: "then WhatsApp", Then.EMAIL: "then email", Then.STOP: "then no more"}


def rules_in_words(policy: RetryPolicy) -> str:
    """Return the rules somebody wrote down, as ``busy: again after 5 min, at most 3 times, then WhatsApp; …``."""
    return "; ".join(
        f"{name}: {_rule_in_words(rule)}"
        for end, name in ENDS_IN_WORDS.items()
        if end.value in policy.model_fields_set and (rule := policy.rule_for(end)) is not None
    )


def _rule_in_words(rule: Rule) -> str:
    parts = [_again(rule)]
    if rule.tries:
        parts.append(f"at most {'once' if rule.tries == 1 else f'{rule.tries} times'}")
    if not rule.next_number and rule.tries != 0:
        parts.append("the same number")
    if isinstance(rule, VoicemailRule) and rule.another_time_of_day and rule.tries != 0:
        parts.append("at another time of day")
    if rule.then in _THEN_IN_WORDS:
        parts.append(_THEN_IN_WORDS[rule.then])
    return ", ".join(parts)


def _again(rule: Rule) -> str:
    if rule.tries == 0:
        return "not again for that"
    waits = ", ".join(wait_in_words(timedelta(minutes=minutes)) for minutes in rule.delays_minutes)
    return f"again after {waits}" if waits else "again after the usual time"


def wait_in_words(delay: timedelta) -> str:
    """Return a wait in whole minutes as people read it, such as ``1 h 30 min``."""
    minutes = int(delay.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (left, "min"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "at once"
