"""Compare what the API declares and answers with the facts of a contract.

A fact of a property is ``{"is": KIND, …}`` where KIND is a simple type ("string", "uuid", "date-time", …), the name of
a shape after "#", or ``[KIND]`` for a list; "one_of", "default", "minimum", "maximum", "longest", "shortest", "least",
"most" and "pattern" say more. What may be null says so: "string or null", ``[KIND, "null"]`` for a list. A shape has
"required" names and "properties". An operation has a name and tags, what its body "takes", which parameters and body
it "needs", all "parameters", and what it "answers" with by status code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

Facts = dict[str, Any]

# What every dialect of ours has beyond its contract: answers before an operation is asked, and the key of a POST.
OUR_ANSWERS = frozenset({"411", "413", "415", "429", "503"})
OUR_PARAMETERS = frozenset({"header Idempotency-Key"})

_REFERENCE = "#/components/schemas/"
_SAME_WORD = {"minimum": "minimum", "maximum": "maximum", "pattern": "pattern", "default": "default"}
_WORDS = {**_SAME_WORD, "enum": "one_of", "maxLength": "longest", "minLength": "shortest", "const": "only"}
_LISTS = {"minItems": "least", "maxItems": "most"}
_SAID = {**_WORDS, **_LISTS}


def load(name: str) -> Facts:
    """Return the facts of one dialect."""
    facts: Facts = json.loads((Path(__file__).parent / f"{name}_facts.json").read_text(encoding="utf-8"))
    return facts


def with_companions(name: str) -> Facts:
    """Return the facts of one dialect together with those of the operations we added to it."""
    contract, ours = load(name), load(f"{name}_companion")
    return {part: {**contract[part], **ours[part]} for part in ("shapes", "operations")}


# --- what an OpenAPI document says -------------------------------------------------------------------------------


def facts_of_document(document: Mapping[str, Any]) -> Facts:
    """Return an OpenAPI document's facts in our own form: shapes, and operations by ``METHOD path``."""
    shapes = {name: _shape(schema) for name, schema in document["components"]["schemas"].items()}
    operations = {
        f"{method.upper()} {path}": _operation(operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    return {"shapes": shapes, "operations": operations}


def without_ours(operation: Facts, fact: Facts) -> Facts:
    """Return a declared operation without what we add to every one, so far as `fact` does not ask for it."""
    answers = OUR_ANSWERS - fact["answers"].keys()
    return operation | {
        "answers": {code: kind for code, kind in operation["answers"].items() if code not in answers},
        "parameters": {name: said for name, said in operation["parameters"].items() if name not in OUR_PARAMETERS},
    }


def _shape(schema: Mapping[str, Any]) -> Facts:
    properties = {name: _property(inner) for name, inner in schema.get("properties", {}).items()}
    return {"required": sorted(schema.get("required", [])), "properties": properties}


def _property(schema: Mapping[str, Any]) -> Facts:
    return {"is": _kind(schema), **{ours: schema[theirs] for theirs, ours in _SAID.items() if theirs in schema}}


def _kind(schema: Mapping[str, Any]) -> Any:
    if isinstance(schema.get("type"), list):
        *kinds, _null = schema["type"]
        kind = _kind({**schema, "type": kinds[0]})
        return [*kind, "null"] if isinstance(kind, list) else f"{kind} or null"
    if "$ref" in schema:
        return "#" + schema["$ref"].removeprefix(_REFERENCE)
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        words = schema["items"].get("enum")
        return [f"{'|'.join(words)}" if words else _kind(schema["items"])]
    if schema.get("type") == "object":
        counted = schema.get("additionalProperties") == {"type": "integer"}
        return "object of integers" if counted else "object"
    return schema.get("format") or schema.get("type") or "anything"


def _operation(operation: Mapping[str, Any]) -> Facts:
    answers = {code: _content(answer) for code, answer in operation["responses"].items()}
    parameters = {
        f"{parameter['in']} {parameter['name']}": _property(parameter["schema"])
        for parameter in operation.get("parameters", [])
    }
    needed = sorted(parameter["name"] for parameter in operation.get("parameters", []) if parameter.get("required"))
    body = operation.get("requestBody", {})
    return {
        "named": operation.get("operationId"),
        "tags": operation.get("tags", []),
        "takes": _content(body),
        "needs": [*needed, *(["body"] if body.get("required") else [])],
        "parameters": parameters,
        "answers": answers,
    }


def _content(message: Mapping[str, Any]) -> Any:
    content = message.get("content", {}).get("application/json")
    return _kind(content["schema"]) if content else None


# --- what an answer says -----------------------------------------------------------------------------------------


def faults(facts: Facts, kind: Any, value: Any, place: str = "answer") -> list[str]:
    """Return what is wrong with `value` as one of `kind`; a property the contract does not name is wrong too."""
    return list(_faults(facts, {"is": kind}, value, place))


def _faults(facts: Facts, fact: Mapping[str, Any], value: Any, place: str) -> Iterator[str]:
    kind = fact["is"]
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield f"{place} is no list"
            return
        for index, item in enumerate(value):
            yield from _faults(facts, {"is": kind[0]}, item, f"{place}[{index}]")
    elif kind.startswith("#"):
        yield from _faults_of_shape(facts, facts["shapes"], kind, value, place)
    elif not _is(kind, value):
        yield f"{place} is no {kind}: {value!r}"
    elif "one_of" in fact and value not in fact["one_of"]:
        yield f"{place} is none of {fact['one_of']}: {value!r}"


def _faults_of_shape(facts: Facts, shapes: Facts, kind: str, value: Any, place: str) -> Iterator[str]:
    options = [option.removeprefix("#") for option in kind.split(" or ")]
    if not isinstance(value, dict):
        yield f"{place} is no object"
        return
    found = [list(_faults_of_object(facts, shapes[option], value, place)) for option in options]
    yield from min(found, key=len)


def _faults_of_object(facts: Facts, shape: Facts, value: dict[str, Any], place: str) -> Iterator[str]:
    yield from (f"{place}.{name} is missing" for name in shape["required"] if name not in value)
    yield from (f"{place}.{name} is not in the contract" for name in value if name not in shape["properties"])
    for name, fact in shape["properties"].items():
        if name in value:
            yield from _faults(facts, fact, value[name], f"{place}.{name}")


def _is(kind: str, value: Any) -> bool:
    if "|" in kind:
        return value in kind.split("|")
    return any(_passes(_CHECKS[option], value) for option in kind.split(" or "))


def _passes(check: Callable[[Any], Any], value: Any) -> bool:
    try:
        return bool(check(value))
    except (TypeError, ValueError, AttributeError):
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: Mapping[str, Any] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and isinstance(value, int),
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "object of integers": lambda value: all(_CHECKS["integer"](item) for item in value.values()),
    "uuid": lambda value: str(UUID(value)) == value,
    "date-time": lambda value: value.endswith("Z") and datetime.fromisoformat(value),
    "time": lambda value: time.fromisoformat(value).tzinfo is None,
    "email": lambda value: re.fullmatch(r"[^@\s]+@[^@\s]+", value),
    "null": lambda value: value is None,
    "anything": lambda _value: True,
}
