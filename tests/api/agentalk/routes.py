from __future__ import annotations

from api.agentalk.urls import urlpatterns
from tests.api.operations import Operation, name, operations_of

__all__ = ["OPERATIONS", "POSTS", "WITH_ID", "Operation", "name"]

OPERATIONS = sorted(operations_of(urlpatterns, "/api/"))
POSTS = [operation for operation in OPERATIONS if operation.method == "POST"]
WITH_ID = [operation for operation in OPERATIONS if operation.slots]
