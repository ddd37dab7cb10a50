"""The dialect's OpenAPI document: what drf-spectacular finds in the views, and what all operations have in common."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from api.anyreach.access import Scopes
from api.anyreach.authentication import ORGANIZATION_HEADER
from api.openapi import Document, declare_what_is_shared

_ERROR = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
_REFERENCE = {"$ref": "#/components/schemas/Error"}
_ERRORS_OF_ALL = ["401", "403"]


def share_what_is_common(result: dict[str, Any], **_context: Any) -> Any:
    """Add to every operation its scopes, the header that names an organization, and the errors it may meet."""
    scopes = _scopes()
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            parameters = operation.setdefault("parameters", [])
            parameters.append(
                {"name": ORGANIZATION_HEADER, "in": "header", "required": False, "schema": {"type": "string"}}
            )
            needed = scopes[path][method.upper()]
            operation["security"] = [{"bearerAuth": [scope]} for scope in needed] or [{"bearerAuth": []}]
            operation["responses"].update({code: _error(code) for code in _errors(path, method, operation)})
            declare_what_is_shared(method, operation, _REFERENCE, has_key=method == "post")
    return _plain(result)


def _plain(schema: Any) -> Any:
    """Return the document without drf-spectacular's own marks and repetitions."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    noise = {"x-spec-enum-id"} | ({"minLength"} if "enum" in schema else set())
    return {name: _plain(value) for name, value in schema.items() if name not in noise}


def _scopes() -> dict[str, dict[str, Scopes]]:
    """Return what the views of the dialect ask for: ``{path: {METHOD: scopes}}``."""
    patterns = import_module("api.anyreach.urls").urlpatterns  # which cannot be imported before the apps are ready
    paths = {f"/{route.pattern}".replace("<str:", "{").replace(">", "}"): route for route in patterns}
    return {path: route.callback.view_class.scopes for path, route in paths.items()}


def _errors(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    codes = list(_ERRORS_OF_ALL)
    if "{" in path:
        codes.append("404")
    if method in ("post", "patch", "delete"):
        codes += ["400", "409"]
    if method in ("post", "patch", "put") or any(p["in"] == "query" for p in operation["parameters"]):
        codes.append("422")
    if any(parameter["name"] == "cursor" for parameter in operation["parameters"]):
        codes.append("400")
    return sorted(set(codes))


def _error(code: str) -> dict[str, Any]:
    return {"description": code, "content": {"application/json": {"schema": _REFERENCE}}}


SETTINGS: dict[str, Any] = {
    "TITLE": "Anyreach dialect",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": ["api.anyreach.schema.share_what_is_common"],
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_PATCH": False,
    "GENERIC_ADDITIONAL_PROPERTIES": "bool",
    "APPEND_COMPONENTS": {"schemas": {"Error": _ERROR}},
}

DOCUMENT = Document(name="anyreach", urlconf="api.anyreach.urls", settings=SETTINGS)
