from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.api.umanize.routes import EVERY_OPERATION, OPERATIONS, Operation, name
from tests.contracts.facts import Facts, facts_of_document, faults, with_companions, without_ours

# Answers that are ours to add: the contract's paths name only success and 422.
OUR_ANSWERS = {"400", "401", "403", "404", "409"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    served: dict[str, Any] = Client().get("/schema/umanize.json").json()
    return served


@pytest.fixture(scope="module")
def declared(document: dict[str, Any]) -> Facts:
    return facts_of_document(document)


def test_the_document_can_be_written_without_a_warning() -> None:
    call_command(
        "spectacular",
        urlconf="api.umanize.urls",
        custom_settings="api.umanize.schema.SETTINGS",
        fail_on_warn=True,
        validate=True,
        stdout=io.StringIO(),
    )


def test_every_shape_of_the_contract_is_declared_as_it_is(declared: Facts, facts: Facts) -> None:
    assert {name: declared["shapes"].get(name) for name in facts["shapes"]} == facts["shapes"]


def test_the_contract_has_as_many_operations_and_shapes_as_it_says(facts: Facts) -> None:
    assert (len(facts["operations"]), len(facts["shapes"])) == (15, 30)


@pytest.mark.parametrize("operation", with_companions("umanize")["operations"])
def test_every_operation_is_declared_as_it_is(declared: Facts, operation: str) -> None:
    fact = with_companions("umanize")["operations"][operation]
    ours = without_ours(declared["operations"][operation], fact)
    answers = {code: kind for code, kind in ours["answers"].items() if code not in OUR_ANSWERS - fact["answers"].keys()}
    assert ours | {"answers": answers} == fact


def test_nothing_is_declared_that_no_fact_tells_of(declared: Facts) -> None:
    everything = with_companions("umanize")
    assert declared["operations"].keys() == everything["operations"].keys()
    assert declared["shapes"] == everything["shapes"]


def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert [operation["operationId"] for operation in operations if len(operation.get("summary", "")) < 8] == []


def test_every_example_is_one_of_what_it_exemplifies(document: dict[str, Any], declared: Facts) -> None:
    shown = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in content:
                shown += 1
                kind = declared["operations"][f"{method.upper()} {path}"]["takes"]
                assert faults(declared, kind, content["example"]) == []
    assert shown >= 20


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_every_route_is_declared_with_the_key_it_needs(document: dict[str, Any], operation: Operation) -> None:
    path = operation.path.replace("<", "{").replace(">", "}")
    declared = document["paths"][path][operation.method.lower()]
    assert declared["security"] == [{"apiKeyAuth": []}, {"bearerAuth": []}]
    assert "401" in declared["responses"]


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names) == len(EVERY_OPERATION)


def test_the_document_is_of_this_dialect_alone(document: dict[str, Any]) -> None:
    assert {path.split("/")[1] for path in document["paths"]} == {
        "agents",
        "auth",
        "calls",
        "campaigns",
        "customers",
        "customers:import",
        "email-channels",
        "imports",
        "phone-numbers",
        "whatsapp-channels",
    }


def test_the_document_leads_nowhere_that_does_not_exist(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in document["components"]["schemas"]
