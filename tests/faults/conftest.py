from __future__ import annotations

from tests.targets.conftest import acme as acme
from tests.targets.conftest import world as world
