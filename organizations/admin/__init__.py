"""The admin's pages of organizations, their people, channels and keys, and of the platform's own records."""

from django.contrib import admin
from django.contrib.auth.models import Group

from organizations.admin import audit, bulk, channels, credentials, organization, people, records

__all__ = ["audit", "bulk", "channels", "credentials", "organization", "people", "records"]

admin.site.unregister(Group)  # roles come from memberships
