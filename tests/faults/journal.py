"""Keep a client's journal: what web acknowledged, refused, or left open, to be held against the database."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from customers.models import Customer
from organizations.models import ApiKey
from organizations.services import issue_api_key
from tests.faults.background import in_background
from tests.faults.population import Run
from tests.faults.system import System
from tests.faults.verdict import Verdict

_PAUSE_SECONDS = 0.05
_serials = itertools.count(1)


@dataclass
class Journal:
    """What became of each write, by the key its customer was to have; 0 is no answer at all."""

    statuses: dict[str, int] = field(default_factory=dict)
    without_retry_after: int = 0
    longest: float = 0.0

    def hold_against(self, run: Run, verdict: Verdict) -> None:
        """Every acknowledged write must be there; what failed is our fault and says when to try again."""
        found = set(
            Customer.objects.filter(organization=run.organizations[0], customer_id__in=self.statuses)
            .values_list("customer_id", flat=True)
        )  # fmt: skip
        lost = [key for key, status in self.statuses.items() if 200 <= status < 300 and key not in found]
        refused = [key for key, status in self.statuses.items() if 300 <= status < 500]
        rude = [key for key, status in self.statuses.items() if status >= 500 and status != 503]
        verdict.require(not lost, "acknowledged and lost", len(lost))
        verdict.require(not refused, "refused though nothing was wrong with it", len(refused))
        verdict.require(not rude, "5xx other than 503", len(rude))
        verdict.require(not self.without_retry_after, "503 without Retry-After", self.without_retry_after)
        verdict.require(any(200 <= status < 300 for status in self.statuses.values()), "nothing was acknowledged")
        verdict.lost += len(lost)
        counts = Counter(self.statuses.values())
        verdict.figures["journal"] = ", ".join(f"{number} times {status}" for status, number in sorted(counts.items()))


@contextmanager
def writing(system: System, run: Run, *, clients: int = 2) -> Iterator[Journal]:
    """Create customers over the API inside the block, one after the other from each client."""
    token = issue_api_key(organization=run.organizations[0], kind=ApiKey.Kind.UMANIZE, name="journal").token
    journal = Journal()

    def write(stop: threading.Event) -> None:
        while not stop.wait(_PAUSE_SECONDS):
            _write_one(system, token, journal)

    with in_background(write, threads=clients):
        yield journal


def _write_one(system: System, token: str, journal: Journal) -> None:
    key = f"journal-{next(_serials)}"
    body = json.dumps({"customer_id": key, "name": "Journal", "email": f"{key}@example.org"})
    web = http.client.HTTPConnection(urlsplit(system.base_url).netloc, timeout=30)
    started = time.monotonic()
    status = 0
    try:
        web.request("POST", "/customers", body, {"X-API-Key": token, "Content-Type": "application/json"})
        answer = web.getresponse()
        status = answer.status
        journal.without_retry_after += status == 503 and not answer.headers.get("Retry-After")
    except (OSError, http.client.HTTPException):
        pass
    finally:
        web.close()
    journal.statuses[key] = status
    journal.longest = max(journal.longest, time.monotonic() - started)
