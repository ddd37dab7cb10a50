from customers.services.customers import (
    CustomerData,
    create_customer,
    create_or_update_customer,
    find_customer,
    find_or_create_customer,
    restore_customer,
    soft_delete_customer,
    update_customer,
)

__all__ = [
    "CustomerData",
    "create_customer",
    "create_or_update_customer",
    "find_customer",
    "find_or_create_customer",
    "restore_customer",
    "soft_delete_customer",
    "update_customer",
]
