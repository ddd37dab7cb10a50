import pytest

from targets.stopwords import asks_to_stop


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", "Stop please", "BAJA", "Quiero darme de baja", "Basta!", "unsubscribe", "please don't contact me",
     "Non chiamarmi più", "¡Déjame en paz!", "Please take this seriously and leave me alone from now on"],
)  # fmt: skip
def test_a_wish_to_be_left_alone_is_recognised(text: str) -> None:
    assert asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    ["", "yes, tell me more", "Can you stop by the office on Monday to show it?", "👍", "sí, claro",
     "a che ora finisce?",
     "we want to cancel our meeting with the other one first"],
)  # fmt: skip
def test_an_ordinary_reply_is_not_a_wish_to_stop(text: str) -> None:
    assert not asks_to_stop(text)
