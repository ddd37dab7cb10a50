"""What a person says about a file: whose it is, and what its columns hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.base import File
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from customers.imports import KEPT, LEFT_OUT, OTHER_PHONES
from customers.models import CustomField
from lib.errors import DomainError, InvalidField
from lib.tabular import Limits
from organizations.admin_base import Access, Capability
from organizations.models import Organization

_LIMITS = Limits()
LIMITS_IN_WORDS = (
    f"CSV up to {_LIMITS.max_bytes // 1_000_000} MB, or an Excel workbook (.xlsx) up to"
    f" {_LIMITS.max_workbook_bytes // 1_000_000} MB; at most {_LIMITS.max_rows:,} rows and"
    f" {_LIMITS.max_columns} columns. The first row names the columns."
)
FIELD_WORDS: Mapping[str, str] = {
    "customer_id": "Customer id",
    "name": "First or full name",
    "surname": "Surname",
    "email": "Email",
    "phone": "Phone",
    OTHER_PHONES: "Further phone",
    "country": "Country",
    "timezone": "Time zone",
    "language": "Language",
    "tags": "Tags",
    "status": "Status",
}


class UploadForm(forms.Form):
    """A file, and where its people go."""

    organization = forms.ModelChoiceField(Organization.objects.none(), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}), help_text=LIMITS_IN_WORDS
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label="none: only into the list of customers",
        help_text="everybody who is accepted is enrolled there",
    )
    default_region = forms.CharField(
        label="Country of numbers without a country code",
        required=False,
        max_length=2,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "the organization's"}),
        help_text="two letters, such as IT; where the file has a column of countries, that one decides",
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organizations = Organization.objects.all()
        if not access.is_superuser:
            organizations = organizations.filter(pk__in=access.organizations(Capability.OPERATE))
        self._offer(organizations)

    def _offer(self, organizations: Any) -> None:
        field: Any = self.fields["organization"]
        field.queryset = organizations
        if len(organizations) == 1:
            field.initial, field.empty_label = organizations[0], None
        campaigns: Any = self.fields["campaign"]
        open_ones = Campaign.objects.listed().exclude(status__in=[Status.COMPLETED, Status.CLOSED])
        campaigns.queryset = open_ones.filter(organization__in=organizations).select_related("organization")
        if len(organizations) > 1:
            campaigns.label_from_instance = lambda campaign: f"{campaign.organization}: {campaign}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        organization, campaign = cleaned.get("organization"), cleaned.get("campaign")
        if organization and campaign and campaign.organization_id != organization.pk:
            self.add_error("campaign", "This belongs to another organization.")
        return cleaned

    def show(self, refusal: DomainError) -> None:
        """Put what a service refused where the person can correct it."""
        if isinstance(refusal, InvalidField):
            self.add_error(refusal.field, refusal.reason)
        else:
            self.add_error("file", refusal.message)

    @property
    def upload(self) -> File[bytes]:
        file: File[bytes] = self.cleaned_data["file"]
        return file


class ColumnsForm(forms.Form):
    """What each column of one file holds: a field for every header, named by its place."""

    def __init__(
        self,
        *args: Any,
        headers: Sequence[str],
        proposed: Mapping[str, str],
        custom: Sequence[CustomField],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("Person", list(FIELD_WORDS.items())),
            *([("Custom fields", [(field.key, field.label) for field in custom])] if custom else []),
            ("Otherwise", [(KEPT, "Keep as a custom field named like the column"), (LEFT_OUT, "Leave out")]),
        ]
        self.headers = list(headers)
        for place, header in enumerate(headers):
            widget = UnfoldAdminSelectWidget(attrs={"aria-label": f"What {header} holds"})
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=header, choices=choices, initial=proposed.get(header), widget=widget
            )

    @property
    def choices(self) -> dict[str, str]:
        return {header: self.cleaned_data[f"column_{place}"] for place, header in enumerate(self.headers)}

    def show(self, refusal: DomainError) -> None:
        """Put what a service refused at the columns it is about."""
        at_fault = [header for header in refusal.data.get("headers", ()) if header in self.headers]
        for header in at_fault:
            self.add_error(f"column_{self.headers.index(header)}", refusal.message)
        if not at_fault:
            self.add_error(None, refusal.message)
