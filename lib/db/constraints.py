"""Learn which rule of the database a write broke, so that services can answer with an error of the domain."""

from django.db import IntegrityError
from psycopg.errors import Error


def broken_constraint(error: IntegrityError) -> str:
    """Return the name of the constraint behind `error`, empty where the driver does not name one."""
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, Error) else ""
