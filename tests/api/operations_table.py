"""`python -m tests.api.operations_table`: write docs/operations_table.md, which services each operation calls.

Read from the code: from a view's method on, through every function of `api` it names, to the functions of the domain.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations_table.md"
DOMAIN = ("campaigns", "customers", "organizations", "targets")
_TOP = """# Operations and services

Which functions of the domain each operation of the three dialects calls. Views hold no rules: what is the same in two
dialects is the same service. Written by `.venv/bin/python -m tests.api.operations_table`; a test says when this page is
stale, and another that nothing else is called when requests are made.
"""
_NAMES = {"umanize": "Umanize", "agentalk": "Agentalk", "anyreach": "Anyreach"}


def services_of(view: type[Any], method: str) -> set[str]:
    """Return the domain's functions, as `module.name`, that a view's method may call."""
    found: set[str] = set()
    _follow(inspect.unwrap(getattr(view, method.lower())), view, found, set())
    return found


def _follow(function: FunctionType, view: type[Any], found: set[str], seen: set[CodeType]) -> None:
    if function.__code__ in seen:
        return
    seen.add(function.__code__)
    for named in _named(function, view):
        if not isinstance(named, FunctionType):
            continue
        inner = inspect.unwrap(named)
        home = inner.__module__.partition(".")[0]
        if home in DOMAIN:
            found.add(f"{inner.__module__}.{inner.__name__}")
        elif home == "api":
            _follow(inner, view, found, seen)


def _named(function: FunctionType, view: type[Any]) -> Iterator[Any]:
    """Yield what a function's code names: globals, members of modules it names, methods of the view, its closure."""
    names = set(_names(function.__code__))
    for name in names:
        named = function.__globals__.get(name)
        yield from _held(named)
        if isinstance(named, ModuleType):
            yield from (getattr(named, member) for member in names if hasattr(named, member))
        if name not in view.http_method_names:  # `get` is a mapping's far more often than the view's
            member = inspect.getattr_static(view, name, None)
            yield member.fget if isinstance(member, property) else member
    for cell in function.__closure__ or ():
        yield from _held(cell.cell_contents)


def _held(named: Any) -> Iterator[Any]:
    """Yield an object, or the functions a table of them holds."""
    yield from named.values() if isinstance(named, Mapping) else (named,)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def rows() -> dict[str, dict[str, set[str]]]:
    """Return the services by dialect and operation, ``METHOD /path/{id}``."""
    from tests.api.agentalk.routes import OPERATIONS as AGENTALK
    from tests.api.anyreach.routes import OPERATIONS as ANYREACH
    from tests.api.umanize.routes import EVERY_OPERATION as UMANIZE

    return {
        name: {shown(operation): services_of(operation.view, operation.method) for operation in operations}
        for name, operations in (("umanize", UMANIZE), ("agentalk", AGENTALK), ("anyreach", ANYREACH))
    }


def shown(operation: Any) -> str:
    """Return an operation as a document names it."""
    return f"{operation.method} {operation.path}".replace("<", "{").replace(">", "}")


def page() -> str:
    """Return the whole page."""
    table = rows()
    return "\n".join([_TOP, *_by_service(table), *_by_operation(table)]) + "\n"


def _by_service(table: Mapping[str, Mapping[str, set[str]]]) -> Iterator[str]:
    yield "## What is called to change something, by dialect\n"
    yield f"| service | {' | '.join(_NAMES[name] for name in table)} |"
    yield f"|---|{'---|' * len(table)}"
    services = {service for operations in table.values() for named in operations.values() for service in named}
    for service in sorted(services):
        users = {
            name: [operation for operation, named in operations.items() if service in named and not _reads(operation)]
            for name, operations in table.items()
        }
        if any(users.values()):
            cells = ("<br>".join(f"`{operation}`" for operation in found) for found in users.values())
            yield f"| `{service}` | {' | '.join(cells)} |"
    yield ""


def _by_operation(table: Mapping[str, Mapping[str, set[str]]]) -> Iterator[str]:
    for name, operations in table.items():
        yield f"## {_NAMES[name]}\n"
        yield "| operation | services |"
        yield "|---|---|"
        for operation, services in operations.items():
            yield f"| `{operation}` | {', '.join(f'`{service}`' for service in sorted(services)) or '(rows only)'} |"
        yield ""


def _reads(operation: str) -> bool:
    return operation.startswith("GET ")


def main() -> None:
    """Write the page."""
    from tests import conftest  # noqa: F401 - which makes Django ready

    PAGE.write_text(page().rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
