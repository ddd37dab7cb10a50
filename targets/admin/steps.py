"""The buttons of a target's page: what an operator may do for one person, each through one service."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.models import Stage
from organizations.admin_base import Capability, actor_of, operation
from providers.base import ProviderError
from targets.admin.story import there, zone_of
from targets.board import set_stage
from targets.bulk import begin_again, suppress
from targets.callbacks import promise_callback
from targets.exceptions import AnalyzerAway
from targets.goal_verification import verify_goal
from targets.lifecycle import TargetState
from targets.models import CampaignTarget
from targets.removal import remove_target, restore_target


class StageForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    stage = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = Stage.objects.filter(campaign__targets=self.object_id)
        self.fields["stage"].choices = list(stages.values_list("key", "name"))


class CallBackForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    at = forms.DateTimeField(label="When", widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].help_text = f"{timezone.get_current_timezone_name()}, your own time"


class ReasonForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    reason = forms.CharField(
        max_length=255, required=False, widget=UnfoldAdminTextInputWidget, help_text="how you know, for whoever asks"
    )


def _is_there(row: CampaignTarget) -> bool:
    return not row.is_deleted


def _may_be_promised(row: CampaignTarget) -> bool:
    return _is_there(row) and row.goal_met_at is None and row.state in (TargetState.READY, TargetState.DONE)


class TargetSteps:
    """Add the buttons to the pages of targets."""

    @operation(
        "Call back at",
        needs=Capability.OPERATE,
        ask="They are called at this moment, or at the first one after it that their own hours allow. It goes before "
        "all other calls that are due.",
        icon="phone_callback",
        offered=_may_be_promised,
        form=CallBackForm,
    )
    def call_back(self, request: HttpRequest, form: CallBackForm, row: CampaignTarget) -> str:
        fresh = promise_callback(target=row, at=form.cleaned_data["at"], actor=actor_of(request))
        assert fresh.next_attempt_at is not None  # noqa: S101 - a target that is ready has a time: a constraint says so
        theirs = there(fresh.next_attempt_at, zone_of(fresh))
        mine = f"{timezone.localtime(fresh.next_attempt_at):%a %d %b, %H:%M}"
        return f"They are called at {mine}{f' ({theirs})' if theirs else ''}."

    @operation(
        "Move",
        needs=Capability.OPERATE,
        ask="They stay in this stage until they are judged again. Nothing else changes: whoever is to be contacted "
        "still is.",
        icon="view_column",
        offered=_is_there,
        form=StageForm,
    )
    def move_stage(self, request: HttpRequest, form: StageForm, row: CampaignTarget) -> str:
        fresh = set_stage(target=row, key=form.cleaned_data["stage"], actor=actor_of(request))
        return f"They are in the stage {fresh.stage}."

    @operation(
        "Verify goal",
        needs=Capability.OPERATE,
        ask="Their conversations are read again now, and they are judged by what is found.",
        icon="fact_check",
        offered=_is_there,
    )
    def verify(self, request: HttpRequest, form: BaseDialogForm, row: CampaignTarget) -> str:
        try:
            fresh = verify_goal(target=row, actor=actor_of(request))
        except ProviderError as away:
            raise AnalyzerAway from away
        return f"The conversations read as {fresh.ai_label}. {fresh.ai_reason or ''}".strip()

    @operation(
        "Never contact again",
        needs=Capability.OPERATE,
        ask="None of the person's addresses is contacted any more, by any campaign. Do it where they asked for it.",
        icon="block",
        offered=lambda row: row.state != TargetState.SUPPRESSED,
        form=ReasonForm,
        variant=ActionVariant.DANGER,
    )
    def suppress_person(self, request: HttpRequest, form: ReasonForm, row: CampaignTarget) -> str:
        suppress(row, actor_of(request), {"reason": form.cleaned_data["reason"]})
        return "None of their addresses is contacted any more."

    @operation(
        "Begin again",
        needs=Capability.OPERATE,
        ask="Their outreach begins afresh: earlier calls stay on record and no longer count.",
        icon="replay",
        offered=lambda row: _is_there(row) and row.state in (TargetState.DONE, TargetState.SUPPRESSED),
    )
    def begin(self, request: HttpRequest, form: BaseDialogForm, row: CampaignTarget) -> str:
        begin_again(row, actor_of(request), {})
        return "Their outreach begins afresh."

    @operation(
        "Take out",
        needs=Capability.OPERATE,
        ask="Nothing more goes out to this person for this campaign. What is under way ends as it does, and you can "
        "bring them back.",
        icon="person_remove",
        offered=_is_there,
        variant=ActionVariant.WARNING,
    )
    def leave(self, request: HttpRequest, form: BaseDialogForm, row: CampaignTarget) -> str:
        remove_target(target=row, actor=actor_of(request))
        return "They are out of the campaign."

    @operation(
        "Restore",
        needs=Capability.OPERATE,
        ask="They come back into the campaign as they stood.",
        icon="restore_from_trash",
        offered=lambda row: row.is_deleted,
    )
    def bring_back(self, request: HttpRequest, form: BaseDialogForm, row: CampaignTarget) -> str:
        restore_target(target=row, actor=actor_of(request))
        return "They are back in the campaign."
