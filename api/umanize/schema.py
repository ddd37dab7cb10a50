"""The dialect's OpenAPI document: what drf-spectacular finds in the views, and what all operations have in common."""

from __future__ import annotations

from typing import Any

from api.openapi import Document, declare_what_is_shared
from api.umanize.authentication import HEADER
from api.umanize.descriptions import told_of

_OPEN = "/auth/"  # whoever asks for credentials has none yet
_ERROR = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
_FAULT = {
    "type": "object",
    "required": ["loc", "msg", "type"],
    "properties": {
        "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
        "msg": {"type": "string"},
        "type": {"type": "string"},
    },
}
_FAULTS = {
    "type": "object",
    "properties": {"detail": {"type": "array", "items": {"$ref": "#/components/schemas/ValidationError"}}},
}


def _objective(kind: str, **properties: dict[str, Any]) -> dict[str, Any]:
    named = {"type": {"type": "string", "const": kind, "default": kind}}
    return {"type": "object", "properties": {**named, **properties}}


def _words(*words: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(words)}}


_AT_LEAST_ONCE = {"type": "integer", "default": 1}
_OBJECTIVES = ("ContactObjective", "EmailObjective", "AiObjective")
_GOAL = {
    "type": "object",
    "properties": {
        "objectives": {
            "type": "array",
            "items": {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in _OBJECTIVES]},
        }
    },
}


def share_what_is_common(result: dict[str, Any], **_context: Any) -> Any:
    """Add to every operation what it is for, the header of the API key, ids as UUIDs, and the errors it may meet."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _describe(operation)
            parameters = operation.setdefault("parameters", [])
            for parameter in parameters:
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "format": "uuid"}
            if not path.startswith(_OPEN):
                parameters.append({"name": HEADER, "in": "header", "required": False, "schema": {"type": "string"}})
            operation["responses"].update({code: _response(code, "ErrorOut") for code in _errors(path, method)})
            operation["responses"]["422"] = _response("422", "HTTPValidationError")
            has_key = method == "post" and not path.startswith(_OPEN)
            declare_what_is_shared(method, operation, _reference("ErrorOut"), has_key=has_key)
            if not parameters:
                del operation["parameters"]
    return _plain(result)


def _describe(operation: dict[str, Any]) -> None:
    told = told_of(operation["operationId"])
    operation["summary"] = told.summary
    if told.description:
        operation["description"] = told.description
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    if told.example is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = told.example


def _errors(path: str, method: str) -> list[str]:
    """Return the errors an operation may answer with besides 422."""
    writes = method != "get"
    found = {
        "400": writes and not path.startswith(_OPEN),
        "401": True,
        "403": True,
        "404": "{" in path or (writes and not path.startswith(_OPEN)),
        "409": writes and not path.startswith(_OPEN),
    }
    return [code for code, may in found.items() if may]


def _plain(schema: Any) -> Any:
    """Return the document without drf-spectacular's own marks and repetitions."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    noise = {"x-spec-enum-id"} | ({"minLength"} if schema.keys() & {"enum", "pattern"} else set())
    return {name: _plain(value) for name, value in schema.items() if name not in noise}


def _response(code: str, component: str) -> dict[str, Any]:
    return {"description": code, "content": {"application/json": {"schema": _reference(component)}}}


def _reference(component: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{component}"}


SETTINGS: dict[str, Any] = {
    "TITLE": "Umanize dialect",
    "VERSION": "1.0.0",
    "DESCRIPTION": (
        "Outbound campaigns by phone, WhatsApp and email. Programs send `X-API-Key`, users `Authorization: Bearer`"
        " with a token of `/auth/token`. What the request itself gets wrong is a 422 that says where; everything else"
        ' is `{"detail": …}`. Times are UTC.'
    ),
    "COMPONENT_SPLIT_PATCH": False,
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": ["api.umanize.schema.share_what_is_common"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "GENERIC_ADDITIONAL_PROPERTIES": "bool",
    "APPEND_COMPONENTS": {
        "schemas": {
            "ErrorOut": _ERROR,
            "ValidationError": _FAULT,
            "HTTPValidationError": _FAULTS,
            "CampaignGoalSpec": _GOAL,
            "ContactObjective": _objective("contact", channels=_words("call", "whatsapp"), min_count=_AT_LEAST_ONCE),
            "EmailObjective": _objective("email", min_count=_AT_LEAST_ONCE),
            "AiObjective": _objective(
                "ai",
                label_in=_words("positive", "negative", "neutral"),
                min_score={"type": "number", "default": 0},
            ),
        }
    },
}

DOCUMENT = Document(name="umanize", urlconf="api.umanize.urls", settings=SETTINGS)
