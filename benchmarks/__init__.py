"""Measure what the project claims about speed, as ratios to a limit or a peer in the same run. No tests."""
