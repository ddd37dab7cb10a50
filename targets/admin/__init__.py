"""The admin's pages of targets, attempts, imports and what was learnt, and its home page."""

from targets.admin import attempt, findings, goal_progress, imports, queues, reviews, target, waiting

__all__ = ["attempt", "findings", "goal_progress", "imports", "queues", "reviews", "target", "waiting"]
