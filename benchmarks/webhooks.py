"""Taking a webhook in is to cost little more than the two statements it cannot do without."""

from __future__ import annotations

import itertools
import json

from django.db import connection
from django.test import Client

from benchmarks.measuring import Ratio, interleaved
from benchmarks.people import new_campaign, new_organization
from organizations.models import ProviderAccount
from organizations.services import read_credentials
from providers.simulator.webhooks import elevenlabs_signature

_serial = itertools.count(1)
_DROP = "DROP TABLE IF EXISTS bench_event"
_CREATE = "CREATE TABLE bench_event (id bigint PRIMARY KEY, body bytea, done_at timestamptz)"


def run(size: int) -> list[Ratio]:
    """Compare receiving signed webhooks over the URL with one INSERT and one UPDATE each, committed."""
    campaign = new_campaign(new_organization(limit=1))
    account = ProviderAccount.objects.get(organization=campaign.organization, kind="elevenlabs")
    secret, client = read_credentials(account)["webhook_secret"], Client(SERVER_NAME="127.0.0.1")
    number = min(size, 500)

    def receive() -> None:
        for _ in range(number):
            body = _body()
            headers = elevenlabs_signature(body, secret)
            answer = client.post(
                f"/webhooks/elevenlabs/{account.pk}", body, content_type="application/json", headers=headers
            )
            if answer.status_code != 200:
                raise RuntimeError(f"a webhook was answered with {answer.status_code}")

    def write() -> None:
        with connection.cursor() as cursor:
            for _ in range(number):
                serial = next(_serial)
                cursor.execute("INSERT INTO bench_event VALUES (%s, %s)", [serial, _body()])
                cursor.execute("UPDATE bench_event SET done_at = now() WHERE id = %s", [serial])

    with connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute(_CREATE)
    received, written = interleaved(5, receive, write)
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
    figures = f"{received / number * 1000:.2f} ms / {written / number * 1000:.2f} ms"
    return [
        Ratio("a webhook received over its URL / one INSERT and one UPDATE", received / written, 3, figures=figures)
    ]


def _body() -> bytes:
    event = {"type": "post_call_transcription", "event_timestamp": 1, "data": {"conversation_id": f"c{next(_serial)}"}}
    return json.dumps(event).encode()
