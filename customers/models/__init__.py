from customers.models.customer import Customer, CustomerQuerySet, CustomField
from customers.models.imports import ImportBatch, ImportJob, ImportMapping, ImportRejection, ImportRemnant
from customers.models.suppression import DialLedger, Suppression, SuppressionQuerySet

__all__ = [
    "CustomField",
    "Customer",
    "CustomerQuerySet",
    "DialLedger",
    "ImportBatch",
    "ImportJob",
    "ImportMapping",
    "ImportRejection",
    "ImportRemnant",
    "Suppression",
    "SuppressionQuerySet",
]
