from __future__ import annotations

from api.anyreach.urls import urlpatterns
from tests.api.operations import ANY_ID, Operation, name, operations_of

__all__ = ["ANY_ID", "OPERATIONS", "TAKES_BODY", "WITH_ID", "WRITES", "Operation", "name"]

OPERATIONS = sorted(operations_of(urlpatterns, "/"))
WITH_ID = [operation for operation in OPERATIONS if operation.slots]
WRITES = [operation for operation in OPERATIONS if operation.method in ("POST", "PUT", "PATCH")]
TAKES_BODY = [operation for operation in WRITES if not operation.path.endswith(("/start", "/pause", "/close"))]
