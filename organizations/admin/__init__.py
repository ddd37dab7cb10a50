"""The admin's pages of organizations, their people, channels and keys, and of the platform's own records."""

from django.contrib import admin
from django.contrib.auth.models import Group

from organizations.admin import accounts, api_keys, audit, bulk, channels, organization, people, records

__all__ = ["accounts", "api_keys", "audit", "bulk", "channels", "organization", "people", "records"]

admin.site.unregister(Group)  # roles come from memberships
