"""Bring people into the database from the files organizations have.

A file passes through `columns` (what each column holds) and `rows` (each checked and normalised), driven by `reading`,
then `matching` (who is new, known, or in the file twice) and `writing`; `run` drives it,
batch by batch. A column that fits no field is kept too, in the customer's custom fields.
"""

from customers.imports.columns import FIELDS, Columns
from customers.imports.jobs import create_import, write_rejected_rows
from customers.imports.run import Enrol, ImportReport, Progress, run_import

__all__ = [
    "FIELDS",
    "Columns",
    "Enrol",
    "ImportReport",
    "Progress",
    "create_import",
    "run_import",
    "write_rejected_rows",
]
