"""The admin's pages of who may be contacted, who must not be, and the files people came in."""

from customers.admin import customer, imports, suppression

__all__ = ["customer", "imports", "suppression"]
