"""The admin's pages of targets, attempts, imports and what was learnt, and its home page."""

from targets.admin import attempt, findings, imports, queues, reviews, target, waiting

__all__ = ["attempt", "findings", "imports", "queues", "reviews", "target", "waiting"]
