from __future__ import annotations

from api.fields import Text, Whole
from api.umanize.fields import Changes, Name, Shape, Word
from campaigns.models import Stage

LAST_POSITION = 2**15 - 1


class CampaignStageCreate(Shape):
    """A column to be. Without a `key` one is made of the name; without a `position` it comes last."""

    name = Name()
    semantic_type = Word(Stage.Semantic.values)
    key = Text(longest=64, required=False)
    position = Whole(min_value=0, largest=LAST_POSITION, required=False)
    color = Text(longest=32, required=False)


class CampaignStageUpdate(Changes):
    clearable = frozenset({"color"})

    name = Name(required=False)
    semantic_type = Word(Stage.Semantic.values, required=False)
    position = Whole(min_value=0, largest=LAST_POSITION, required=False)
    color = Text(longest=32, required=False)
