from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from tests.api.anyreach.client import served_document
from tests.api.anyreach.routes import OPERATIONS
from tests.contracts.facts import Facts, facts_of_document, load, without_ours

FACTS = load("anyreach")
# What a document says and the contract, which is prose, does not.
NOT_IN_THE_CONTRACT = ("named", "tags", "needs")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return served_document()


@pytest.fixture(scope="module")
def declared(document: dict[str, Any]) -> Facts:
    return facts_of_document(document)


def test_the_document_can_be_written_without_a_warning() -> None:
    call_command(
        "spectacular",
        urlconf="api.anyreach.urls",
        custom_settings="api.anyreach.schema.SETTINGS",
        fail_on_warn=True,
        validate=True,
        stdout=io.StringIO(),
    )


@pytest.mark.parametrize("operation", FACTS["operations"])
def test_an_operation_of_the_contract_is_declared_as_it_is(
    document: dict[str, Any], declared: Facts, operation: str
) -> None:
    method, path = operation.split()
    security = document["paths"][path][method.lower()]["security"]
    scopes = sorted(scope for option in security for scope in option["bearerAuth"])
    fact = FACTS["operations"][operation]
    ours = without_ours(declared["operations"][operation], fact)
    facts = {name: said for name, said in ours.items() if name not in NOT_IN_THE_CONTRACT}
    assert {**facts, "scopes": scopes} == fact


@pytest.mark.parametrize("shape", FACTS["shapes"])
def test_a_shape_of_the_contract_is_declared_as_it_is(declared: Facts, shape: str) -> None:
    assert declared["shapes"][shape] == FACTS["shapes"][shape]


def test_nothing_is_declared_that_is_not_in_the_contract(document: dict[str, Any], declared: Facts) -> None:
    assert set(declared["shapes"]) == set(FACTS["shapes"])
    assert set(declared["operations"]) == set(FACTS["operations"])
    routes = {f"{op.method} {op.path.replace('<', '{').replace('>', '}')}" for op in OPERATIONS}
    assert routes == set(FACTS["operations"])
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)


def test_the_document_leads_nowhere_that_does_not_exist(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in document["components"]["schemas"]
