"""The retry policy as rows: all that its JSON can say, and what is wrong told at its cell."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, Configuration
from campaigns.retry_policy import CallEnd, Then, parse_retry_policy
from organizations.models import AuditEvent
from tests.admin.pages import complaints, page
from tests.admin.test_campaign import form_of
from tests.admin.world import Furnished

FULL: dict[str, Any] = {
    "busy": {"delays_minutes": [5, 15], "maximum": 3, "then": "whatsapp", "next_number": False},
    "no_answer": {"maximum": 0, "then": "stop"},
    "voicemail": {"delays_minutes": [0], "another_time_of_day": True, "then": "email"},
    "short_call": {},
    "failed": {"delays_minutes": [1], "then": "email"},
    "short_call_seconds": 25,
}
POLICIES: list[dict[str, Any]] = [
    {},
    FULL,
    *({name: part} for name, part in FULL.items()),
    *({"busy": {"then": then.value}} for then in Then if then != Then.NEXT_STEP),
    {"failed": {"then": "whatsapp", "maximum": 2, "next_number": False}},
    {"short_call_seconds": 0},
    {"voicemail": {"delays_minutes": list(range(20))}},
]


@pytest.fixture
def configuration(ours: Furnished) -> Configuration:
    found: Configuration = Configuration.objects.get(organization=ours.organization)
    return found


def sent_by(text: str) -> dict[str, str]:
    """Return what a browser sends of the page's form as it stands."""
    sent = {}
    for tag in re.findall(r'<input[^>]*name="retry_policy-[^>]*>', text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ('type="checkbox"' not in tag or " checked" in tag):
            sent[name[1]] = value[1]
    for name_of, options in re.findall(r'<select name="(retry_policy-[^"]*)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen is not None
        sent[name_of] = chosen[1]
    return sent


def change(client: Client, configuration: Configuration, **typed: str) -> Any:
    data = {
        "name": "Evenings",
        "default_timezone": "Europe/Rome",
        "default_country_code": "+39",
        "max_retries": 2,
        "retry_delay_minutes": 30,
    }
    return client.post(page(Configuration, "change", configuration.pk), data | typed)


def rows(**typed: str) -> dict[str, str]:
    """Return a form in which `typed` (``busy__maximum="3"``) stands in the rows."""
    ticked = {f"retry_policy-{name.partition('__')[0]}-own": "on" for name in typed if "__" in name}
    numbers = {f"retry_policy-{end}-next_number": "on" for end in CallEnd}
    return {
        "retry_policy-rows": "1",
        **ticked,
        **numbers,
        **{f"retry_policy-{name.replace('__', '-')}": value for name, value in typed.items()},
    }


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_a_page_that_is_saved_as_it_stands_changes_nothing(
    policy: dict[str, Any], root: Client, configuration: Configuration
) -> None:
    Configuration.objects.filter(pk=configuration.pk).update(retry_policy=policy)
    text = root.get(page(Configuration, "change", configuration.pk)).content.decode()
    assert complaints(change(root, configuration, **sent_by(text))) == {}
    configuration.refresh_from_db()
    assert configuration.retry_policy == policy
    saved = AuditEvent.objects.filter(action="configuration.updated", object_id=configuration.pk).latest("at")
    assert "retry_policy" not in saved.changes


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_whatever_json_can_say_can_be_typed_into_the_rows(
    policy: dict[str, Any], root: Client, configuration: Configuration
) -> None:
    Configuration.objects.filter(pk=configuration.pk).update(retry_policy=policy)
    sent = sent_by(root.get(page(Configuration, "change", configuration.pk)).content.decode())
    Configuration.objects.filter(pk=configuration.pk).update(retry_policy={"no_answer": {"maximum": 7}})
    assert complaints(change(root, configuration, **sent)) == {}
    configuration.refresh_from_db()
    stored, wanted = parse_retry_policy(configuration.retry_policy), parse_retry_policy(policy)
    assert stored.model_dump() == wanted.model_dump()


def test_every_end_with_a_rule_has_a_row(root: Client, configuration: Configuration) -> None:
    text = root.get(page(Configuration, "change", configuration.pk)).content.decode()
    assert text.count("data-desk-rule") == 5
    for name in ("Busy", "No answer", "Voicemail", "Short call", "Technical failure"):
        assert f'aria-label="{name}: waits in minutes"' in text
    assert '"retry_policy-failed-then"' in text
    failed = text.partition('name="retry_policy-failed-then"')[2].partition("</select>")[0]
    assert 'value="next_step"' not in failed


@pytest.mark.parametrize(
    ("typed", "cell", "told"),
    [
        (rows(busy__maximum="-1"), "busy-maximum", "greater than or equal to 0"),
        (rows(busy__delays_minutes="5, soon"), "busy-delays_minutes", "valid integer"),
        (rows(voicemail__delays_minutes="5,,7"), "voicemail-delays_minutes", "valid integer"),
        (rows(no_answer__delays_minutes=", ".join(["1"] * 21)), "no_answer-delays_minutes", "at most 20 delays"),
        (rows(failed__then="next_step"), "failed-then", "whatsapp, email or stop"),
        (rows(short_call_seconds="9999"), "short_call_seconds", "less than or equal to 600"),
        ({"retry_policy-rows": "1", "retry_policy-busy-maximum": "2"}, "busy-own", "Tick it, or empty this row"),
    ],
)
def test_what_is_wrong_is_told_at_its_cell_and_stays_as_it_was_typed(
    typed: dict[str, str], cell: str, told: str, root: Client, configuration: Configuration
) -> None:
    response = change(root, configuration, **typed)
    assert list(complaints(response)) == ["retry_policy"]
    text = response.content.decode()
    [tag] = re.findall(rf'<(?:input|select)[^>]*name="retry_policy-{cell}"[^>]*>', text)
    assert 'aria-invalid="true"' in tag
    beside = text.partition(f'id="retry_policy-{cell}-fault">')[2].partition("</small>")[0]
    assert told in beside
    if typed.get(f"retry_policy-{cell}") and "-then" not in cell and "-own" not in cell:
        assert f'value="{typed[f"retry_policy-{cell}"]}"' in tag
    configuration.refresh_from_db()
    assert configuration.name != "Evenings"


def test_the_sentence_follows_the_rows(root: Client, configuration: Configuration) -> None:
    data = {"name": "E", "default_timezone": "Europe/Rome", "default_country_code": "+39", "windows": "[]"}
    data |= {"max_retries": "3", "retry_delay_minutes": "90", **rows(busy__delays_minutes="5", busy__then="whatsapp")}
    address = page(Configuration, "preview", configuration.pk)
    assert "busy: again after 5 min, at most once, then WhatsApp" in root.post(address, data).content.decode()
    wrong = root.post(address, data | {"retry_policy-busy-delays_minutes": "5, x"}).content.decode()
    assert "Busy, waits in minutes:" in wrong


def test_json_takes_the_place_of_the_rows_where_that_is_ticked(root: Client, configuration: Configuration) -> None:
    typed = rows(busy__maximum="2") | {"retry_policy": '{"voicemail": {"maximum": 1}}'}
    change(root, configuration, **typed)
    configuration.refresh_from_db()
    assert configuration.retry_policy == {"busy": {"maximum": 2}}
    change(root, configuration, **typed, **{"retry_policy-as": "json"})
    configuration.refresh_from_db()
    assert configuration.retry_policy == {"voicemail": {"maximum": 1}}


def test_what_rows_cannot_show_is_shown_as_json(root: Client, configuration: Configuration) -> None:
    Configuration.objects.filter(pk=configuration.pk).update(retry_policy={"rainy": True})
    text = root.get(page(Configuration, "change", configuration.pk)).content.decode()
    assert "data-desk-rule" not in text
    assert "rainy" in text


def test_a_campaigns_own_policy_is_typed_into_the_same_rows(root: Client, ours: Furnished) -> None:
    address = page(Campaign, "change", ours.campaign.pk)
    data = form_of(ours.campaign) | rows(voicemail__another_time_of_day="on")
    assert complaints(root.post(address, data)) == {}
    ours.campaign.refresh_from_db()
    assert ours.campaign.retry_policy == {"voicemail": {"another_time_of_day": True}}
