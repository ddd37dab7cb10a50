"""What workers of the battery can be asked to do on starting, by `FAULTS_HOOK`. See tests/faults/nest.py."""

from __future__ import annotations

import os
import random
import signal
from typing import Any
from uuid import UUID

_CHANCE_OF_A_PAUSE = 0.15


def stand_still_at_w5() -> None:
    """Stop this process now and then between the intent to send and the sending, until somebody continues it."""
    from lib import crash_points

    notes = os.environ["FAULTS_NOTES"]

    def pause(point: str) -> None:
        if point == "W5" and random.random() < _CHANCE_OF_A_PAUSE:
            descriptor = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            os.close(descriptor)
            os.kill(os.getpid(), signal.SIGSTOP)

    crash_points.install(pause)


def know_no_references() -> None:
    """Have the provider's list say nothing about our references, as that of a vendor without such a search."""
    from providers.elevenlabs.voice import ElevenLabsVoice

    ElevenLabsVoice.finds_by_reference = False


def be_ten_minutes_off() -> None:
    """Set Python's clock wrong by ten minutes of production, every second process fast and the others slow."""
    from tests.faults import skew

    skew.install(seconds=600 / float(os.environ.get("ENGINE_HASTE", "1")) * (1 if os.getpid() % 2 else -1))


def never_look_up() -> None:
    """Ask the provider about nothing: what is found is found by webhooks alone."""
    from targets import sweep

    def look_away(attempt_id: UUID) -> bool:
        return False

    sweep._look_up = look_away


def say_everything_five_times() -> None:
    """Publish every message of this process five times."""
    from config.celery import app

    send = app.send_task

    def send_five_times(*args: Any, **options: Any) -> Any:
        for _ in range(4):
            send(*args, **options)
        return send(*args, **options)

    app.send_task = send_five_times  # type: ignore[method-assign]  # this process is here to misbehave
