from __future__ import annotations

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget


class ReasonForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    """Ask why, before something is stopped."""

    reason = forms.CharField(
        max_length=255, required=False, widget=UnfoldAdminTextInputWidget, help_text="for whoever asks later"
    )
