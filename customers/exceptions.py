"""What can be wrong with a request about customers, suppressions and imports."""

from __future__ import annotations

from uuid import UUID

from lib.errors import DomainError


class CustomerNotFound(DomainError):
    """Say that a customer is not there (any more)."""

    code = "customer_not_found"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__("there is no such customer", customer_id=str(customer_id))


class DuplicateCustomerId(DomainError):
    """Say that another customer of the organization has this customer id."""

    code = "duplicate_customer_id"

    def __init__(self) -> None:
        super().__init__("another customer has this customer id", field="customer_id")


class RestoreConflict(DomainError):
    """Say that a deleted customer cannot come back, because another one has its customer id by now."""

    code = "restore_conflict"

    def __init__(self) -> None:
        super().__init__("another customer has taken this customer id: change that one first", field="customer_id")


class InvalidMapping(DomainError):
    """Say what is wrong with a mapping of fields to columns."""

    code = "invalid_mapping"


class UnusableFile(DomainError):
    """Say why nothing, or nothing more, of a file can be imported. What was imported before stays."""

    code = "unusable_file"


class ImportNotADraft(DomainError):
    """Say that an import was started, so that nothing about it can be chosen any more."""

    code = "import_not_a_draft"

    def __init__(self) -> None:
        super().__init__("this import was started already")


class ImportBusy(DomainError):
    """Say that a worker is in the middle of a batch of the import, longer than somebody can be made to wait."""

    code = "import_busy"

    def __init__(self) -> None:
        super().__init__("a worker is busy with this import right now: try again in a moment")


class ImportFileRemoved(DomainError):
    """Say that the file of an import is gone, or was never kept."""

    code = "import_file_removed"

    def __init__(self) -> None:
        super().__init__("the file is not kept any more: upload it again")


class CannotUndo(DomainError):
    """Say why an import cannot be taken back."""

    code = "cannot_undo"


class ImportTakenOver(DomainError):
    """Say that another process has gone on with the import, so that this one must stop."""

    code = "import_taken_over"

    def __init__(self) -> None:
        super().__init__("another process is working on this import")
