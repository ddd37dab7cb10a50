"""Run everything on one machine from one command: PostgreSQL, Valkey, web, worker, beat and simulator.

Uses the standard library only, so that it can explain what is missing before anything is installed.
"""
