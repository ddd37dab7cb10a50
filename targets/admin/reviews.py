"""The queue of questions only a person can answer: what is asked, about whom, and the buttons that answer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from organizations.admin_base import BigTable, Capability, FactAdmin, actor_of, column, operation
from targets.admin.story import CHANNELS
from targets.models import ReviewItem
from targets.reviews import DECISIONS, Decision, decide_review


class NoteForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    note = forms.CharField(
        required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), help_text="how you know, for whoever asks"
    )


def _answers(decision: Decision) -> Callable[[ReviewItem], bool]:
    """Return the rule that offers a button where the question is open and takes this answer."""
    return lambda row: row.decided_at is None and decision in DECISIONS[row.kind]


@admin.register(ReviewItem)
class ReviewItemAdmin(BigTable, FactAdmin):
    """Open questions first, the longest open on top; the decided ones below."""

    empty_words = "Questions only a person can answer appear here."
    list_display = ("asked_at", "person", "campaign", "question", "asked_about", "state", "decided_by", "decided_at")
    list_filter = (("kind", ChoicesDropdownFilter), ("decided_at", admin.EmptyFieldListFilter))
    list_select_related = (
        "target__customer",
        "target__campaign",
        "attempt__provider_account",
        "decided_by",
    )
    ordering: ClassVar[Sequence[Any]] = (F("decided_at").desc(nulls_first=True), "id")
    actions_detail = ("called", "not_called", "met", "not_met", "stop")
    readonly_fields = ("asked_about", "person", "campaign")
    fieldsets = (
        (None, {"fields": ("organization", "kind", "reason", "person", "campaign", "created_at")}),
        ("Asked about", {"fields": ("asked_about", "attempt", "target")}),
        ("Decision", {"fields": ("decision", "note", "decided_by", "decided_at")}),
    )

    @column("Asked")
    def asked_at(self, item: ReviewItem) -> str:
        return f"{timezone.localtime(item.created_at):%d %b %Y, %H:%M}"

    @column("Person")
    def person(self, item: ReviewItem) -> str:
        return str(item.target.customer)

    @column("Campaign")
    def campaign(self, item: ReviewItem) -> str:
        return str(item.target.campaign)

    @column("Question")
    def question(self, item: ReviewItem) -> str:
        return item.get_kind_display()

    @column("About")
    def asked_about(self, item: ReviewItem) -> str:
        attempt = item.attempt
        if attempt is None:
            return item.reason
        when = attempt.submit_started_at or attempt.reserved_at
        account = f" through {attempt.provider_account}" if attempt.provider_account else ""
        at = f"{timezone.localtime(when):%d %b %H:%M}"
        return f"{CHANNELS[attempt.channel]} {attempt.number} to {attempt.address}, {at}{account}"

    @column("State", colours={"open": "warning", "decided": "success"})
    def state(self, item: ReviewItem) -> str:
        return "decided" if item.decided_at else "open"

    def _decide(self, request: HttpRequest, form: NoteForm, row: ReviewItem, decision: Decision) -> str:
        decide_review(review=row, decision=decision, actor=actor_of(request), note=form.cleaned_data["note"])
        return "Your decision is taken."

    @operation(
        "They were called",
        needs=Capability.OPERATE,
        ask="The attempt counts as made. The person waits for their next step as after any other call.",
        icon="call",
        offered=_answers(Decision.CALLED),
        form=NoteForm,
    )
    def called(self, request: HttpRequest, form: NoteForm, row: ReviewItem) -> str:
        return self._decide(request, form, row, Decision.CALLED)

    @operation(
        "They were not called",
        needs=Capability.OPERATE,
        ask="The attempt does not count, and the person may be called again as soon as the rules allow it. "
        "Decide so only if you know: if they were called after all, they are called twice.",
        icon="phone_missed",
        offered=_answers(Decision.NOT_CALLED),
        form=NoteForm,
        variant=ActionVariant.WARNING,
    )
    def not_called(self, request: HttpRequest, form: NoteForm, row: ReviewItem) -> str:
        return self._decide(request, form, row, Decision.NOT_CALLED)

    @operation(
        "Goal met",
        needs=Capability.OPERATE,
        ask="The person counts as won and is not contacted any more. No later reading of the same calls changes that.",
        icon="thumb_up",
        offered=_answers(Decision.MET),
        form=NoteForm,
        variant=ActionVariant.SUCCESS,
    )
    def met(self, request: HttpRequest, form: NoteForm, row: ReviewItem) -> str:
        return self._decide(request, form, row, Decision.MET)

    @operation(
        "Goal not met",
        needs=Capability.OPERATE,
        ask="The outreach goes on with the next step. No later reading of the same calls changes that.",
        icon="thumb_down",
        offered=_answers(Decision.NOT_MET),
        form=NoteForm,
    )
    def not_met(self, request: HttpRequest, form: NoteForm, row: ReviewItem) -> str:
        return self._decide(request, form, row, Decision.NOT_MET)

    @operation(
        "Leave them alone",
        needs=Capability.OPERATE,
        ask="The person is not contacted by this campaign any more.",
        icon="block",
        offered=_answers(Decision.STOP),
        form=NoteForm,
        variant=ActionVariant.DANGER,
    )
    def stop(self, request: HttpRequest, form: NoteForm, row: ReviewItem) -> str:
        return self._decide(request, form, row, Decision.STOP)
