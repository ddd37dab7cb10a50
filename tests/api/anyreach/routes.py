from __future__ import annotations

from api.anyreach.urls import urlpatterns
from tests.api.operations import ANY_ID, Operation, name, operations_of

__all__ = ["ANY_ID", "OPERATIONS", "WITH_ID", "Operation", "name"]

OPERATIONS = sorted(operations_of(urlpatterns, "/"))
WITH_ID = [operation for operation in OPERATIONS if operation.slots]
