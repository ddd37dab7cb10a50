from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.api.umanize.routes import OPERATIONS, Operation, name
from tests.contracts.facts import Facts, facts_of_document

# Answers that are ours to add: the contract's paths name only success and 422.
OUR_ANSWERS = {"401", "404", "409"}


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


def test_every_operation_of_the_contract_is_declared_as_it_is(declared: Facts, facts: Facts) -> None:
    for operation, fact in facts["operations"].items():
        ours = declared["operations"][operation]
        answers = {
            code: kind for code, kind in ours["answers"].items() if code not in OUR_ANSWERS - fact["answers"].keys()
        }
        assert (operation, ours | {"answers": answers}) == (operation, fact)


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_every_route_is_declared_with_the_key_it_needs(document: dict[str, Any], operation: Operation) -> None:
    path = operation.path.replace("<", "{").replace(">", "}")
    declared = document["paths"][path][operation.method.lower()]
    assert declared["security"] == [{"apiKeyAuth": []}]
    assert "401" in declared["responses"]


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names) == len(OPERATIONS)


def test_the_document_is_of_this_dialect_alone(document: dict[str, Any]) -> None:
    assert {path.split("/")[1] for path in document["paths"]} == {
        "agents",
        "campaigns",
        "customers",
        "phone-numbers",
        "whatsapp-channels",
    }


def test_the_document_leads_nowhere_that_does_not_exist(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in document["components"]["schemas"]
