"""The dialect's OpenAPI document. What the vendor documents is declared to the letter, so its answers are objects of
any content there; docs/agentalk.md says what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from api.agentalk.authentication import ORGANIZATION_HEADER, OrganizationTokenScheme
from api.openapi import Document, declare_what_is_shared

_ORGANIZATION = {"$ref": "#/components/parameters/XOrganizationId"}
_PARAMETERS = {
    "XOrganizationId": {
        "name": ORGANIZATION_HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "format": "uuid"},
    }
}
_ANSWER = {"type": "object", "additionalProperties": {}}
_ERROR = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "additionalProperties": {},
}
_ERRORS = ("400", "401", "403")
_PREFIX = "/api"


def _query(name: str, kind: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": {"type": kind}}


def _taking(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}
    return {"content": {"application/json": {"schema": schema}}}


# What the vendor's document says of its operations beyond what all of ours have in common.
_DOCUMENTED: Mapping[str, Mapping[str, Any]] = {
    "campaigns_retrieve": {
        "parameters": [_query("limit", "integer"), _query("offset", "integer"), _query("status", "string")]
    },
    "campaigns_contacts_create": {
        "requestBody": _taking({"contactIds": {"type": "array", "items": {"type": "string"}}}, "contactIds")
    },
    "campaigns_start_create": {"requestBody": _taking({"startAt": {"type": "string", "format": "date-time"}})},
}


def share_what_is_common(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Give every operation the organization's header and the errors it may meet, and ids in paths their format."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            parameters = operation.setdefault("parameters", [])
            for parameter in parameters:
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "format": "uuid"}
            documented = _DOCUMENTED.get(operation["operationId"])
            if documented is not None:
                operation |= deepcopy(documented)  # what is added below must not be added to the constant
                parameters = operation.setdefault("parameters", [])
                operation["responses"] = {"200": _response("200", _ANSWER)}
            parameters.append(_ORGANIZATION)
            operation["responses"].update({code: _response(code, _ERROR) for code in _errors(path, method, operation)})
            declare_what_is_shared(method, operation, _ERROR, has_key=method == "post")
            operation.pop("security", None)
    result["components"]["parameters"] = _PARAMETERS
    result["security"] = [{OrganizationTokenScheme.name: []}]
    for unused in ("AddContactsRequest", "StartRequest"):
        result["components"]["schemas"].pop(unused, None)
    return result


def _errors(path: str, method: str, operation: Mapping[str, Any]) -> list[str]:
    has_pages = any(parameter.get("name") == "page" for parameter in operation["parameters"])
    missing = ["404"] if "{" in path or has_pages else []  # a page beyond the last is DRF's 404
    return [*_ERRORS, *missing, *(["409", "422"] if method == "post" else [])]


def _response(code: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": code, "content": {"application/json": {"schema": schema}}}


SETTINGS: dict[str, Any] = {
    "TITLE": "Agentalk dialect",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.0.3",
    "SCHEMA_PATH_PREFIX_INSERT": _PREFIX,
    "POSTPROCESSING_HOOKS": ["api.agentalk.schema.share_what_is_common"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "GENERIC_ADDITIONAL_PROPERTIES": "dict",
}

DOCUMENT = Document(name="agentalk", urlconf="api.agentalk.urls", settings=SETTINGS)
