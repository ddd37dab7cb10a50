"""Check a row against its model's own rules before it is written, and answer in the domain's words."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Model

from lib.errors import InvalidField


def check_fields(row: Model, *, exclude: Iterable[str] = ()) -> None:
    """Coerce and check the fields of `row` but those in `exclude`. Raises InvalidField for the first fault."""
    try:
        row.clean_fields(exclude=set(exclude))
    except ValidationError as error:
        field, reasons = next(iter(error.message_dict.items()))
        raise InvalidField(field, reasons[0]) from error
