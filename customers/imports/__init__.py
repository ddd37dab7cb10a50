"""Bring people into the database from the files organizations have.

A file passes through `columns` (what each column holds) and `rows` (each checked and normalised), driven by `reading`,
then `matching` (who is new, known, or in the file twice) and `writing`; `run` drives it,
batch by batch. A column that fits no field is kept too, in the customer's custom fields.

Where a person brings the file, `drafts` takes it in, with `mappings` of files like it and a `preview` of its rows,
until it is started. `retention` removes what was kept of files after a while.
"""

from customers.imports.columns import FIELDS, KEPT, LEFT_OUT, OTHER_PHONES, Columns
from customers.imports.drafts import choose_columns, discard_draft, draft_import, start_import, try_out_import
from customers.imports.jobs import audit_import, create_import, lock_import, rejected_table, stream_rejected_rows
from customers.imports.mappings import propose_choices
from customers.imports.preview import Cell, PreviewedRow, preview_rejections, preview_rows, sample_values
from customers.imports.retention import remove_old_files
from customers.imports.run import Enrol, Enrolled, ImportReport, Progress, run_import

__all__ = [
    "FIELDS",
    "KEPT",
    "LEFT_OUT",
    "OTHER_PHONES",
    "Cell",
    "Columns",
    "Enrol",
    "Enrolled",
    "ImportReport",
    "PreviewedRow",
    "Progress",
    "audit_import",
    "choose_columns",
    "create_import",
    "discard_draft",
    "draft_import",
    "lock_import",
    "preview_rejections",
    "preview_rows",
    "propose_choices",
    "rejected_table",
    "remove_old_files",
    "run_import",
    "sample_values",
    "start_import",
    "stream_rejected_rows",
    "try_out_import",
]
