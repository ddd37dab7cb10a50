"""A crowd of made-up people is a campaign like any other, only larger."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from campaigns.counters import read_counters
from campaigns.models import Campaign
from targets.invariants import check_invariants
from targets.models import Attempt, CampaignTarget


def seed(count: int) -> dict[str, object]:
    output = StringIO()
    call_command("seed_million", count=count, json=True, stdout=output, stderr=StringIO())
    facts: dict[str, object] = json.loads(output.getvalue())
    return facts


def test_a_crowd_is_counted_rightly_and_breaks_no_promise(transactional_db: None) -> None:
    facts = seed(40)
    campaign = Campaign.objects.get(pk=facts["campaign"])
    assert facts["people"] == CampaignTarget.objects.filter(campaign=campaign).count() == 40
    counters = read_counters([campaign.pk])[campaign.pk]
    assert (counters["targets"], counters["targets.succeeded"], counters["attempts.call.answered"]) == (40, 2, 8)
    assert {name: rows for name, rows in check_invariants().items() if rows} == {}


def test_a_crowd_grows_where_it_stopped(transactional_db: None) -> None:
    seed(10)
    assert seed(25)["people"] == 25
    assert CampaignTarget.objects.count() == 25
    assert seed(5)["people"] == 25
    assert Attempt.objects.count() == 5


@pytest.mark.parametrize("count", [0, -1, 5_000_001])
def test_a_crowd_has_bounds(count: int, db: None) -> None:
    with pytest.raises(CommandError, match="from 1 to"):
        seed(count)
    assert not CampaignTarget.objects.exists()
