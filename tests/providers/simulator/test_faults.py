from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from providers.simulator.faults import (
    CHANCES,
    FINE,
    AnswerFaults,
    DialFaults,
    Dice,
    Faults,
    MessageFaults,
    RequestFaults,
    WebhookFaults,
)


def test_nothing_goes_wrong_by_default() -> None:
    dice, faults = Dice(1), Faults()
    assert {dice.before(faults.voice) for _ in range(100)} == {FINE}
    assert {dice.after(faults.whatsapp) for _ in range(100)} == {FINE}
    assert {dice.answer(faults.analysis) for _ in range(100)} == {FINE}
    assert {dice.copies(faults.webhooks) for _ in range(100)} == {1}
    assert {dice.lateness(faults.webhooks) for _ in range(100)} == {0.0}


def test_faults_come_from_json_by_the_same_names() -> None:
    raw = {"voice": {"before_500": 0.1}, "whatsapp": {"refused_later": 1}, "webhooks": {"lost": 0.5}}
    faults = Faults.read({**raw, "list_lag_seconds": 5})
    assert (faults.voice.before_500, faults.whatsapp.refused_later, faults.webhooks.lost) == (0.1, 1, 0.5)
    assert faults.list_lag_seconds == 5
    assert faults.analysis == AnswerFaults()


@pytest.mark.parametrize(
    "raw",
    [
        {"nonsense": 1},
        {"voice": {"nonsense": 1}},
        {"voice": {"before_500": 1.5}},
        {"voice": {"before_500": -0.1}},
        {"voice": {"before_500": "often"}},
        {"voice": {"before_500": True}},
        {"voice": 3},
        {"whatsapp": {"success_false": 1}},
        {"list_lag_seconds": -1},
        {"list_lag_seconds": None},
        [],
    ],
)
def test_faults_that_make_no_sense_are_refused(raw: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Faults.read(raw)


def test_every_chance_is_checked_to_be_one() -> None:
    parts = (DialFaults, MessageFaults, WebhookFaults, AnswerFaults)
    named = {each.name for part in parts for each in fields(part) if not each.name.endswith("_seconds")}
    assert named == CHANCES


def test_the_dice_fall_the_same_way_for_the_same_seed() -> None:
    faults = RequestFaults(before_500=0.3, rate_limited=0.3)
    one, two, other = Dice(1), Dice(1), Dice(2)
    throws = [one.before(faults) for _ in range(50)]
    assert throws == [two.before(faults) for _ in range(50)]
    assert throws != [other.before(faults) for _ in range(50)]


def test_faults_strike_as_often_as_they_should() -> None:
    dice, faults = Dice(1), RequestFaults(before_500=0.1, rejected=0.3)
    throws = [dice.before(faults) for _ in range(4000)]
    assert abs(throws.count("before_500") / 4000 - 0.1) < 0.03
    assert abs(throws.count("rejected") / 4000 - 0.3) < 0.03
    assert set(throws) == {"before_500", "rejected", FINE}


def test_a_webhook_is_sent_from_never_to_five_times() -> None:
    dice, faults = Dice(1), WebhookFaults(lost=0.3, duplicated=0.6)
    assert {dice.copies(faults) for _ in range(500)} == {0, 1, 2, 3, 4, 5}
