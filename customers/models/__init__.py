from customers.models.customer import Customer, CustomerQuerySet, CustomField
from customers.models.imports import ImportJob, ImportRejection
from customers.models.suppression import DialLedger, Suppression, SuppressionQuerySet

__all__ = [
    "CustomField",
    "Customer",
    "CustomerQuerySet",
    "DialLedger",
    "ImportJob",
    "ImportRejection",
    "Suppression",
    "SuppressionQuerySet",
]
