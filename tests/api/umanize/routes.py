from __future__ import annotations

from api.umanize.urls import urlpatterns
from tests.api.operations import ANY_ID, Operation, name, operations_of

__all__ = [
    "ANY_ID",
    "EVERY_OPERATION",
    "LOGINS",
    "OPERATIONS",
    "UPLOADS",
    "WITH_ID",
    "Operation",
    "name",
]

EVERY_OPERATION = sorted(operations_of(urlpatterns, "/"))
LOGINS = [operation for operation in EVERY_OPERATION if operation.path.startswith("/auth/")]
OPERATIONS = [operation for operation in EVERY_OPERATION if operation not in LOGINS]
UPLOADS = [operation for operation in OPERATIONS if operation.path.endswith(":import")]
WITH_ID = [operation for operation in OPERATIONS if operation.slots]
