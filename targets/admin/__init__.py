"""The admin's pages of targets, attempts and what was learnt, and its home page."""

from targets.admin import attempt, findings, queues, reviews, target, waiting

__all__ = ["attempt", "findings", "queues", "reviews", "target", "waiting"]
