from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.api.agentalk.routes import OPERATIONS, Operation, name
from tests.contracts.facts import OUR_PARAMETERS, Facts, facts_of_document

ANYTHING = {"type": "object", "additionalProperties": {}}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    served: dict[str, Any] = Client().get("/schema/agentalk.json").json()
    return served


def resolved(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter itself, where the document only refers to it."""
    reference = parameter.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["parameters"][reference] if reference else parameter
    return found


def with_nulls(schema: Any) -> Any:
    """Return a schema with `nullable` written the way our facts say it: as one of two kinds."""
    if isinstance(schema, list):
        return [with_nulls(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: with_nulls(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is not True:
        return inner
    kind = {key: inner.pop(key) for key in ("type", "format") if key in inner}
    return {"anyOf": [kind, {"type": "null"}], **inner}


@pytest.fixture(scope="module")
def declared(document: dict[str, Any]) -> Facts:
    schemas = with_nulls(document["components"]["schemas"])
    return facts_of_document({"components": {"schemas": schemas}, "paths": {}})


def test_the_document_can_be_written_without_a_warning() -> None:
    call_command(
        "spectacular",
        urlconf="api.agentalk.urls",
        custom_settings="api.agentalk.schema.SETTINGS",
        fail_on_warn=True,
        validate=True,
        stdout=io.StringIO(),
    )


def test_every_documented_operation_is_declared_to_the_letter(document: dict[str, Any], facts: Facts) -> None:
    for operation, fact in facts["documented"].items():
        method, path = operation.split()
        ours = document["paths"][path][method.lower()]
        parameters = [resolved(document, parameter) for parameter in ours["parameters"]]
        parameters = [p for p in parameters if f"{p['in']} {p['name']}" not in OUR_PARAMETERS]
        content = ours.get("requestBody", {}).get("content", {})
        body = {"shape": content["application/json"]["schema"]} if content else None
        assert set(content) <= {"application/json"}
        assert fact == {
            "name": ours["operationId"],
            "tags": ours["tags"],
            "parameters": {
                f"{p['in']} {p['name']}": p["schema"].get("format") or p["schema"]["type"] for p in parameters
            },
            "required_parameters": [f"{p['in']} {p['name']}" for p in parameters if p.get("required")],
            "takes": facts_of_document({"components": {"schemas": body}, "paths": {}})["shapes"]["shape"]
            if body
            else None,
            "answer": "object of anything"
            if ours["responses"]["200"]["content"]["application/json"]["schema"] == ANYTHING
            else "something else",
        }


def test_the_organization_s_header_is_declared_once_and_shared(document: dict[str, Any]) -> None:
    reference = {"$ref": "#/components/parameters/XOrganizationId"}
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["parameters"].count(reference) == 1


def test_the_credential_is_the_contract_s(document: dict[str, Any], facts: Facts) -> None:
    assert document["components"]["securitySchemes"] == {"OrganizationApiToken": facts["credential"]}
    assert document["security"] == [{"OrganizationApiToken": []}]
    assert document["openapi"] == "3.0.3"


def test_every_shape_we_answer_with_is_declared_as_the_tests_know_it(declared: Facts, facts: Facts) -> None:
    assert declared["shapes"]
    for shape, fact in declared["shapes"].items():
        assert (shape, fact) == (shape, facts["shapes"][shape])


def test_our_own_operations_declare_what_they_answer(document: dict[str, Any], facts: Facts) -> None:
    for operation, fact in facts["operations"].items():
        if operation in facts["documented"]:
            continue
        method, path = operation.split()
        answers = document["paths"][path][method.lower()]["responses"]
        for code, kind in fact["answers"].items():
            content = answers[code].get("content")
            declared = content["application/json"]["schema"]["$ref"].rpartition("/")[2] if content else None
            assert (operation, code, f"#{declared}" if declared else None) == (operation, code, kind)


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_every_route_is_declared_and_known_to_the_tests(
    document: dict[str, Any], facts: Facts, operation: Operation
) -> None:
    path = operation.path.replace("<", "{").replace(">", "}")
    responses = document["paths"][path][operation.method.lower()]["responses"]
    assert {"400", "401", "403", "429"} <= set(responses)
    assert f"{operation.method} {path}" in facts["operations"]


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names) == len(OPERATIONS)


def test_the_document_leads_nowhere_that_does_not_exist(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for kind in ("schemas", "parameters"):
        for reference in {part.split('"')[0] for part in text.split(f"#/components/{kind}/")[1:]}:
            assert reference in document["components"][kind]
