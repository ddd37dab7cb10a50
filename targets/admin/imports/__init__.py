"""The admin's pages of imports: upload a file, say what it holds, try it out, import it, read what became of it."""

from targets.admin.imports import pages

__all__ = ["pages"]
