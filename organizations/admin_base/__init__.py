"""What every page of the admin is built from: tenancy, roles, soft delete, confirmed operations."""

from organizations.admin_base.access import Access, Capability, access_of, actor_of
from organizations.admin_base.bulk import BulkActions, Wish
from organizations.admin_base.change_list import ChangeList
from organizations.admin_base.columns import column
from organizations.admin_base.exports import WORKBOOK, Exported, file_response
from organizations.admin_base.filters import DeletedFilter, OrganizationFilter, RelatedFilter, RuleFilter
from organizations.admin_base.forms import TenantForm
from organizations.admin_base.model_admin import BigTable, FactAdmin, FactInline, TenantAdmin
from organizations.admin_base.operations import Done, operation
from organizations.admin_base.soft_delete import SoftDeleteAdmin

__all__ = [
    "WORKBOOK",
    "Access",
    "BigTable",
    "BulkActions",
    "Capability",
    "ChangeList",
    "DeletedFilter",
    "Done",
    "Exported",
    "FactAdmin",
    "FactInline",
    "OrganizationFilter",
    "RelatedFilter",
    "RuleFilter",
    "SoftDeleteAdmin",
    "TenantAdmin",
    "TenantForm",
    "Wish",
    "access_of",
    "actor_of",
    "column",
    "file_response",
    "operation",
]
