"""Which moves a target and an attempt may make. Drawn in docs/states.md; triggers enforce the same tables."""

from django.db import models

from lib.lifecycle import Lifecycle


class TargetState(models.TextChoices):
    READY = "ready", "waiting for its next step"
    CONTACTING = "contacting", "an attempt is live"
    VERIFYING = "verifying", "the conversation is being read"
    DONE = "done"
    SUPPRESSED = "suppressed", "must not be contacted"
    REVIEW = "review", "waits for a person's decision"


TARGET_LIFECYCLE = Lifecycle.of(
    "target",
    {
        TargetState.READY: [TargetState.CONTACTING, TargetState.DONE, TargetState.SUPPRESSED],
        TargetState.CONTACTING: [
            TargetState.READY,
            TargetState.VERIFYING,
            TargetState.DONE,
            TargetState.SUPPRESSED,
            TargetState.REVIEW,
        ],
        TargetState.VERIFYING: [TargetState.READY, TargetState.DONE, TargetState.SUPPRESSED, TargetState.REVIEW],
        TargetState.DONE: [TargetState.READY, TargetState.VERIFYING, TargetState.SUPPRESSED],
        TargetState.SUPPRESSED: [TargetState.READY],
        TargetState.REVIEW: [TargetState.READY, TargetState.VERIFYING, TargetState.DONE, TargetState.SUPPRESSED],
    },
)


class AttemptState(models.TextChoices):
    RESERVED = "reserved", "claimed, nothing sent"
    SUBMITTING = "submitting", "about to be sent, or sent without an answer yet"
    ACCEPTED = "accepted", "the provider took it"
    COMPLETED = "completed", "ended, the provider did what was asked"
    FAILED = "failed", "ended, the provider took it and could not do it"
    RELEASED = "released", "given back before anything was sent"
    REJECTED = "rejected", "the provider refused: it certainly did not happen"
    UNKNOWN = "unknown", "nobody knows whether it was sent: never repeated"
    NOT_PLACED = "not_placed", "proved never to have happened"
    GAVE_UP = "gave_up", "could not be found out: a person decides"


ATTEMPT_LIFECYCLE = Lifecycle.of(
    "attempt",
    {
        AttemptState.RESERVED: [AttemptState.SUBMITTING, AttemptState.RELEASED],
        AttemptState.SUBMITTING: [
            AttemptState.ACCEPTED,
            AttemptState.UNKNOWN,
            AttemptState.REJECTED,
            AttemptState.COMPLETED,
            AttemptState.FAILED,
        ],
        AttemptState.UNKNOWN: [
            AttemptState.ACCEPTED,
            AttemptState.COMPLETED,
            AttemptState.FAILED,
            AttemptState.NOT_PLACED,
            AttemptState.GAVE_UP,
        ],
        AttemptState.ACCEPTED: [AttemptState.COMPLETED, AttemptState.FAILED],
        AttemptState.GAVE_UP: [AttemptState.ACCEPTED, AttemptState.COMPLETED, AttemptState.FAILED],
        AttemptState.COMPLETED: [],
        AttemptState.FAILED: [],
        AttemptState.RELEASED: [],
        AttemptState.REJECTED: [],
        AttemptState.NOT_PLACED: [],
    },
)

# Holds a slot of every limit and the person's address.
LIVE_STATES = (AttemptState.RESERVED, AttemptState.SUBMITTING, AttemptState.UNKNOWN, AttemptState.ACCEPTED)
# Nothing reached the person: the attempt's number is free again.
VOID_STATES = (AttemptState.RELEASED, AttemptState.REJECTED, AttemptState.NOT_PLACED)
# Nothing was ever sent.
UNSENT_STATES = (AttemptState.RESERVED, AttemptState.RELEASED)
ENDED_STATES = (AttemptState.COMPLETED, AttemptState.FAILED)
