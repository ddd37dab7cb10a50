"""Send a dialect what its own document allows and forbids, and keep what came of it."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Sequence
from random import Random
from typing import Any

import schemathesis
from django.core.signals import got_request_exception
from django.test import Client
from requests.structures import CaseInsensitiveDict
from schemathesis import Case
from schemathesis.core import NotSet

from config.wsgi import application
from tests.api.fuzz.aim import Aim
from tests.api.fuzz.dialects import Dialect
from tests.api.fuzz.generation import cases
from tests.api.fuzz.judge import faults_of
from tests.api.fuzz.outcome import Fault, Outcome
from tests.api.fuzz.population import Population

_CHANGES_PER_ROWS = 3  # rows are made anew after so many requests that changed something, or deleted it
# The contract's "time" is one without a zone, as its own defaults show; the format of that name has one.
_LOCAL_TIME = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$"}


class Fuzzer:
    """Makes requests to one dialect. The same seed and number make the same requests, ids apart."""

    def __init__(self, dialect: Dialect, population: Population) -> None:
        self.dialect, self.population = dialect, population
        self.outcome = Outcome(dialect.name)
        schema: Any = schemathesis.openapi.from_dict(_readable(Client().get(dialect.document).json()))
        schema.app = application
        self.operations: list[Any] = [found.ok() for found in schema.get_all_operations()]
        self._headers = dialect.headers_of(population.acme)
        self._raised: list[str] = []

    def run(self, seed: int, requests: int, seconds: float) -> None:
        """Make about so many requests, spread over all operations; stop early when the time is over."""
        started, random = time.monotonic(), Random(seed)
        self.outcome.seeds.append(seed)
        got_request_exception.connect(self._note_exception)
        try:
            per_operation = -(-requests // len(self.operations))
            for operation in random.sample(self.operations, len(self.operations)):
                self._ask_all(cases(operation, random, per_operation), seed, random)
                if time.monotonic() - started > seconds:
                    break
        except BaseException as error:
            error.add_note(f"fuzzing {self.dialect.name} with seed {seed}, {requests} requests")
            raise
        finally:
            got_request_exception.disconnect(self._note_exception)
            self.outcome.seconds += time.monotonic() - started

    def _ask_all(self, cases: Sequence[Case[Any]], seed: int, random: Random) -> None:
        aim = Aim(self.dialect.name, self.population.theirs, random)
        changes = _CHANGES_PER_ROWS
        for case in cases:
            if changes >= _CHANGES_PER_ROWS:
                aim.ours, changes = self.population.fresh(), 0
            self._sign(case, random)
            aim.at(case)
            status = self._ask(case, seed)
            changes += case.method != "GET" and status < 400

    def _sign(self, case: Case[Any], random: Random) -> None:
        """Send the credential, but for a few, and mostly leave out which organization is meant."""
        headers = {**dict(case.headers or {}), **(self._headers if random.random() > 0.02 else {})}
        for name in ("X-Organization-ID", "X-Anyreach-Org"):
            if random.random() < 0.9:
                headers.pop(name, None)
        case.headers = CaseInsensitiveDict(headers)

    def _ask(self, case: Case[Any], seed: int) -> int:
        """Make one request, judge the answer, and return its status."""
        self._raised.clear()
        response, label = case.call(), str(case.operation.label)
        self.outcome.operations[label] += 1
        self.outcome.statuses[f"{response.status_code // 100}xx"] += 1
        sent = self._told(case)
        found = faults_of(case, response, dialect=self.dialect, sent=sent, foreign=self.population.ids_of_others)
        for check, told in [*found, *(("exception", raised) for raised in self._raised)]:
            request = f"{sent[:1500]}\n  {response.status_code} {response.text[:600]}"
            self.outcome.note(Fault(label, check, told, request, seed))
        return response.status_code

    def _told(self, case: Case[Any]) -> str:
        headers = {name: value for name, value in (case.headers or {}).items() if name not in self._headers}
        body = "" if isinstance(case.body, NotSet) else repr(case.body)
        return " ".join([case.method, case.path, repr(case.path_parameters), repr(case.query), repr(headers), body])

    def _note_exception(self, **_context: Any) -> None:
        self._raised.append("".join(traceback.format_exc().splitlines(keepends=True)[-6:]))


def _readable(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with times as the contract means them."""

    def read(schema: dict[str, Any]) -> dict[str, Any]:
        is_time = schema.get("type") == "string" and schema.get("format") == "time"
        return (
            {**{name: said for name, said in schema.items() if name != "format"}, **_LOCAL_TIME} if is_time else schema
        )

    found: dict[str, Any] = json.loads(json.dumps(document), object_hook=read)
    return found
